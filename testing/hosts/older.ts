import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `{% querystring %}` came with Django 5.1. */
const QUERYSTRING = `from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def querystring(context, **changes):
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return "?" + query.urlencode() if query else ""
`;

/** Features of Django 5.1 or Python 3.10, and their older equivalents. */
const REWRITES: [path: string, now: RegExp, before: string][] = [
  ["oms/settings.py", /^ *"(transaction_mode|init_command)": .*\n/gm, ""],
  ["oms/settings.py", /("context_processors": \[)/, '"builtins": ["oms.querystring"], $1'],
  ["orders/**/*.py", /(CheckConstraint\(\s*)condition=/g, "$1check="],
  ["**/*.py", /, strict=True\)/g, ")"],
  ["orders/{admin,forms,views}.py", /^("""[^]*?"""\n)?/, "$1from __future__ import annotations\n"],
];

/** Convert the example, written for Django 5.2, to Django 4.2 and CPython 3.9. */
export function forDjango42(folder: string): void {
  for (const [path, now, before] of REWRITES) {
    let changed = 0;
    for (const name of globSync(path, { cwd: folder })) {
      const file = join(folder, name);
      const text = readFileSync(file, "utf8");
      const rewritten = text.replace(now, before);
      if (rewritten === text) continue;
      writeFileSync(file, rewritten);
      changed += 1;
    }
    // The example has changed, so the list is out of date.
    if (changed === 0) throw new Error(`nothing in ${path} is ${now}`);
  }
  writeFileSync(join(folder, "oms", "querystring.py"), QUERYSTRING);
}
