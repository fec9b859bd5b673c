import assert from "node:assert/strict";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apps, root } from "../../testing/paths.ts";
import { type Program, projectWith, startProgram } from "../../testing/program.ts";

/** A folder with the shop in it, and beside it a program; `more` are other files. */
function shopBeside(main: string, more: Record<string, string> = {}): string {
  const folder = projectWith({ "program/main.ts": main, ...more });
  cpSync(join(apps, "shop"), join(folder, "shop"), { recursive: true });
  return folder;
}

const ASK = `
const response = await application.fetch(new Request("http://shop.example/"));
console.log((await response.json()).sign);
await application.close();
`;

async function says(program: Program, text: string): Promise<void> {
  const { code } = await program.ended;
  assert.equal(program.stdout(), text, program.stderr());
  assert.equal(code, 0);
}

test("a wsgi.ts of another folder finds its own project, wherever the program runs", async () => {
  const folder = shopBeside(`import { application } from "../shop/wsgi.ts";${ASK}`);
  await says(startProgram(join(folder, "program"), "main.ts"), "Shop\n");
  await says(startProgram(folder, "program/main.ts"), "Shop\n");
  await says(startProgram("/", join(folder, "program/main.ts")), "Shop\n");
});

test("so does one that is imported later, or through another file", async () => {
  const later = shopBeside(`const { application } = await import("../shop/wsgi.ts?fresh");${ASK}`);
  await says(startProgram(later, "program/main.ts"), "Shop\n");
  const through = shopBeside(`import { application } from "../library/shop.ts";${ASK}`, {
    "library/shop.ts": 'export { application } from "../shop/wsgi.ts";',
  });
  await says(startProgram(through, "program/main.ts"), "Shop\n");
});

test("a project that is reached by a link is the one behind it", async () => {
  const folder = shopBeside(`import { application } from "../linked/wsgi.ts";${ASK}`);
  symlinkSync(join(folder, "shop"), join(folder, "linked"));
  await says(startProgram(folder, "program/main.ts"), "Shop\n");
});

test("a folder with a space, an umlaut and a percent sign in its name is found", async () => {
  const name = "Müller & Söhne 100%";
  const specifier = JSON.stringify(`../${encodeURIComponent(name)}/wsgi.ts`);
  const folder = shopBeside(`const { application } = await import(${specifier});${ASK}`);
  cpSync(join(folder, "shop"), join(folder, name), { recursive: true });
  await says(startProgram(folder, "program/main.ts"), "Shop\n");
});

test("a CommonJS program finds the folder too", async () => {
  const main = `
    const { getWsgiApplication } = require("quintet/django");
    process.env.DJANGO_SETTINGS_MODULE = "shop.settings";
    const application = getWsgiApplication();
    (async () => { ${ASK} })();`;
  const folder = shopBeside("", { "shop/main.cjs": main });
  await says(startProgram("/", join(folder, "shop", "main.cjs")), "Shop\n");
});

test("the option project wins over the folder of the file, and may be relative to where the program runs", async () => {
  const folder = shopBeside(`
    import { getWsgiApplication } from "quintet/django";
    process.env.DJANGO_SETTINGS_MODULE = "shop.settings";
    const application = getWsgiApplication({ project: "shop" });${ASK}`);
  await says(startProgram(folder, "program/main.ts"), "Shop\n");
});

test("DJANGO_SETTINGS_MODULE from outside wins over the one in wsgi.ts", async () => {
  const folder = shopBeside(`import { application } from "../shop/wsgi.ts";${ASK}`);
  const env = { DJANGO_SETTINGS_MODULE: "shop.other" };
  await says(startProgram(folder, "program/main.ts", { env }), "Other shop\n");
});

test("variables that the program sets in process.env before the first use reach Python", async () => {
  const folder = shopBeside(`
    import { application } from "../shop/wsgi.ts";
    process.env.SHOP_SIGN = "Set by the program";${ASK}`);
  await says(startProgram(folder, "program/main.ts"), "Set by the program\n");
});

test("the option env wins over process.env, and stays out of it", async () => {
  const folder = shopBeside(`
    import { getWsgiApplication } from "quintet/django";
    process.env.DJANGO_SETTINGS_MODULE = "shop.settings";
    process.env.SHOP_SIGN = "of the program";
    const application = getWsgiApplication({ project: "shop", env: ["SHOP_SIGN=of the option"] });
    ${ASK}
    console.log(process.env.SHOP_SIGN);`);
  await says(startProgram(folder, "program/main.ts"), "of the option\nof the program\n");
});

test("two applications in one program are two, each with its own project", async () => {
  const plain =
    "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'plain']\n";
  const main = `
    import { getPythonApplication } from "quintet/python";
    import { application } from "../shop/wsgi.ts";
    const plain = getPythonApplication("plain");
    console.log(await (await plain.fetch(new Request("http://a/"))).text());
    await plain.close();${ASK}`;
  const folder = shopBeside(main, { "program/plain.py": plain });
  await says(startProgram(folder, "program/main.ts"), "plain\nShop\n");
});

test("a virtual environment beside the project is found", async () => {
  const folder = shopBeside(`import { application } from "../shop/wsgi.ts";${ASK}`);
  symlinkSync(join(root, ".venv"), join(folder, "shop", ".venv"));
  await says(startProgram(folder, "program/main.ts", { env: { VIRTUAL_ENV: "" } }), "Shop\n");
});
