import { existsSync } from "node:fs";

/** nginx, as Debian installs it. */
export const nginx = {
  program: "/usr/sbin/nginx",
  get skip(): string | false {
    if (process.env.CI || existsSync(nginx.program)) return false;
    return "nginx is not installed (apt-get install nginx)";
  },
};

/**
 * The equivalent of Debian's nginx.conf for a server that does not run as root.
 *
 * @param folder where it may write
 * @param site the file with the site that it serves
 */
export function nginxConfiguration(folder: string, site: string): string {
  return `
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path ${folder}/nginx-body;
    uwsgi_temp_path ${folder}/nginx-uwsgi;
    proxy_temp_path ${folder}/nginx-proxy;
    fastcgi_temp_path ${folder}/nginx-fastcgi;
    scgi_temp_path ${folder}/nginx-scgi;
    include ${site};
}
`;
}

/** The command that runs it in the foreground. */
export function nginxCommand(configuration: string): string[] {
  return [nginx.program, "-e", "stderr", "-c", configuration];
}
