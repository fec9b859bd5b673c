import { printable } from "../../shared/printable.ts";
import { at } from "./django-settings.ts";
import type { Plan } from "./plan.ts";

/** The page that Django's own wsgi.py links to, for the version that our example uses. */
export const DOCUMENTATION = "https://docs.djangoproject.com/en/5.2/howto/deployment/wsgi/";

/** Longer lines of a wsgi.py are cut in comments. */
const MAX_LINE_LENGTH = 90;

/** The text of a wsgi.ts. */
export function wsgiFile({ name, root, served, variables, choices }: Plan): string {
  const [maker, module] = served
    ? ["getPythonApplication", "quintet/python"]
    : ["getWsgiApplication", "quintet/django"];
  const imports = [`import { ${maker} } from "${module}";`];
  if (root !== "") imports.unshift('import { join } from "node:path";');
  const project = `{ project: join(import.meta.dirname, ${JSON.stringify(root)}) }`;
  const target = served ? [JSON.stringify(`${served.module}:${served.application}`)] : [];
  const options = root === "" ? [] : [project];
  const blocks = [
    header(name),
    imports.join("\n"),
    ...(choices.length > 0 ? [choice(choices)] : []),
    ...(variables.length > 0 ? [variables.map(assignment).join("\n")] : []),
    `${served ? reason(served) : ""}export const application = ${maker}(${[...target, ...options].join(", ")});`,
  ];
  return `${blocks.join("\n\n")}\n`;
}

function header(name: string): string {
  return `/**
 * WSGI config for ${printable(name)} project.
 *
 * It exposes the WSGI callable as a module-level variable named \`application\`.
 *
 * For more information on this file, see
 * ${DOCUMENTATION}
 */`;
}

function assignment({ name, value, forced, because }: Plan["variables"][number]): string {
  const place = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  const comment = because ? `// ${printable(because)}\n` : "";
  return `${comment}process.env${place} ${forced ? "=" : "??="} ${JSON.stringify(value)};`;
}

function choice(choices: Plan["choices"]): string {
  const list = choices.map((each) => `${each.value} (${at(each)})`).join(", ");
  const message = `Set DJANGO_SETTINGS_MODULE to one of: ${list}.`;
  return `// Several settings modules are in use. Choose one, and set it here instead of these lines.
if (!process.env.DJANGO_SETTINGS_MODULE) {
  throw new Error(${JSON.stringify(message)});
}`;
}

function reason({ path, extra }: NonNullable<Plan["served"]>): string {
  const lines = extra.map(({ line, text }) => {
    const shown = text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}…` : text;
    return `//   ${line}: ${printable(shown)}`;
  });
  return [
    `// ${printable(path)} does more than this file can, so that file is served, with these lines:`,
    ...lines,
    "",
  ].join("\n");
}
