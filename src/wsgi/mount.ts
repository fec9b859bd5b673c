import type { WsgiApplication } from "./types.ts";

/**
 * Several applications under one root, each below a path of its own:
 *
 * ```ts
 * export const application = mount({ "/shop": shop, "/": django });
 * ```
 *
 * The longest path that fits wins. An application finds its path in SCRIPT_NAME and the rest in PATH_INFO (PEP 3333,
 * "environ Variables"), so that the addresses it makes are right. What nobody is mounted for is answered 404.
 *
 * @param routes paths that begin with a slash, and applications; `/` is everything that is left
 * @throws {TypeError} for a path without a slash in front, or an application that is no function
 */
export function mount(routes: Record<string, WsgiApplication>): WsgiApplication {
  const mounts = Object.entries(routes).map(([path, application]) => {
    if (!path.startsWith("/"))
      throw new TypeError(`mount: ${JSON.stringify(path)} does not begin with a slash`);
    if (typeof application !== "function") throw new TypeError(`mount: ${path} is no application`);
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
