import type { WsgiApplication } from "./types.ts";

/**
 * Serve several applications, each below a path of its own:
 *
 * ```ts
 * export const application = mount({ "/shop": shop, "/": django });
 * ```
 *
 * The longest path that matches wins. The application gets that path in SCRIPT_NAME and the rest in PATH_INFO (PEP 3333,
 * "environ Variables"), so the URLs that it makes are right. A path that matches nothing is answered 404.
 *
 * @param routes applications by path. A path begins with a slash; `/` matches all remaining paths
 * @returns the application that calls the others
 * @throws {TypeError} for a path without a slash at its start, or an application that is not a function
 */
export function mount(routes: Record<string, WsgiApplication>): WsgiApplication {
  const mounts = Object.entries(routes).map(([path, application]) => {
    if (!path.startsWith("/"))
      throw new TypeError(`mount: ${JSON.stringify(path)} does not begin with a slash`);
    if (typeof application !== "function")
      throw new TypeError(`mount: ${path} is not an application`);
    return { prefix: path.replace(/\/+$/, ""), application };
  });
  mounts.sort((a, b) => b.prefix.length - a.prefix.length);
  return (environ, startResponse) => {
    const path = environ.PATH_INFO ?? "";
    for (const { prefix, application } of mounts) {
      if (prefix !== "" && path !== prefix && !path.startsWith(`${prefix}/`)) continue;
      const scriptName = (environ.SCRIPT_NAME ?? "") + prefix;
      const below = { ...environ, SCRIPT_NAME: scriptName, PATH_INFO: path.slice(prefix.length) };
      return application(below, startResponse);
    }
    startResponse("404 Not Found", [["Content-Type", "text/plain; charset=utf-8"]]);
    return [Buffer.from("404 Not Found\n")];
  };
}
