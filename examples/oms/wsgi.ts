/**
 * WSGI config for oms project.
 *
 * It exposes the WSGI callable as a module-level variable named `application`.
 *
 * For more information on this file, see
 * https://docs.djangoproject.com/en/5.2/howto/deployment/wsgi/
 */

import { getWsgiApplication } from "quintet/django";

process.env.DJANGO_SETTINGS_MODULE ??= "oms.settings";

export const application = getWsgiApplication();
