// Django, plain, and what a wsgi.ts may set for it.
import { getWsgiApplication } from "quintet/django";

process.env.DJANGO_SETTINGS_MODULE ??= "tiny.settings";
process.env.SET_BY_WSGI_TS = "set";
delete process.env.REMOVED_BY_WSGI_TS;

export const application = getWsgiApplication({ project: `${import.meta.dirname}/../site` });
