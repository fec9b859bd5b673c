import { existsSync } from "node:fs";
import { isDebianPython } from "./environment.ts";

const MODULES = "/usr/lib/apache2/modules";

/** Apache with its mod_wsgi, as Debian installs them. */
export const apache = {
  program: "/usr/sbin/apache2",
  get skip(): string | false {
    if (process.env.CI) return false;
    if (!existsSync(apache.program) || !existsSync(`${MODULES}/mod_wsgi.so`))
      return "Apache or its mod_wsgi is not installed (apt-get install apache2 libapache2-mod-wsgi-py3)";
    if (!isDebianPython())
      return "peers/.venv is not of Debian's Python, which its mod_wsgi has (apt-get install python3-venv)";
    return false;
  },
};

/**
 * The equivalent of Debian's apache2.conf for a server that does not run as root.
 *
 * @param folder where it may write
 * @param site the file with the site that it serves
 */
export function apacheConfiguration(folder: string, site: string): string {
  return `
ServerRoot ${folder}
ServerName 127.0.0.1
DefaultRuntimeDir ${folder}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
LogLevel warn
LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule mime_module ${MODULES}/mod_mime.so
LoadModule alias_module ${MODULES}/mod_alias.so
LoadModule wsgi_module ${MODULES}/mod_wsgi.so
WSGISocketPrefix ${folder}/wsgi
TypesConfig /etc/mime.types
StartServers 2
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
Include ${site}
`;
}

/** The command that runs it in the foreground. */
export function apacheCommand(configuration: string): string[] {
  return [apache.program, "-D", "FOREGROUND", "-f", configuration];
}
