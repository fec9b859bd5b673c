import { lstatSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

// What is compiled is kept for the next start. Not in Node's own folder for that, which whoever was first on this machine
// has made, and could put code into that runs as us: only in one that nobody else writes to.
const folder = join(temporary(), `quintet-compiled-${process.getuid?.() ?? ""}`);
if (isOurs()) enableCompileCache(folder);

// The setting tempDir, as far as it is known without what is to be loaded from there.
function temporary() {
  const { argv, env } = process;
  const flag = argv.find((each) => each.startsWith("--temp-dir"));
  const next = argv[argv.indexOf("--temp-dir") + 1];
  const named = flag === "--temp-dir" ? next : flag?.startsWith("--temp-dir=") && flag.slice(11);
  return named || env.QUINTET_TEMP_DIR || tmpdir();
}

function isOurs() {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there already, or there is no place for it.
  }
  try {
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && !(found.mode & 0o022);
  } catch {
    return false;
  }
}
