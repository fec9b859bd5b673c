import { getWsgiApplication, type PythonApplication } from "quintet/django";

process.env.DJANGO_SETTINGS_MODULE ??= "shop.settings";

export const application: PythonApplication = getWsgiApplication();
