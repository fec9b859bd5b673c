import { getWsgiApplication } from "quintet/django";

process.env.DJANGO_SETTINGS_MODULE ??= "faulty.settings";

export const application = getWsgiApplication();
