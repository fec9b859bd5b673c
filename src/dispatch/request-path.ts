/** SCRIPT_NAME and PATH_INFO of an encoded environ. */
export function pathOf(environ: string): string {
  const parts = environ.split("\0");
  let scriptName = "";
  let pathInfo = "";
  for (let index = 0; index + 1 < parts.length; index += 2) {
    if (parts[index] === "SCRIPT_NAME") scriptName = parts[index + 1] as string;
    else if (parts[index] === "PATH_INFO") pathInfo = parts[index + 1] as string;
  }
  return scriptName + pathInfo;
}
