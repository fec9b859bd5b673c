import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderWith } from "../../testing/temp.ts";

/** A Python package on this disk, whose build waits until it is released: nothing is fetched to install it. */
export interface Tiny {
  /** The line of a requirements file. */
  requirement: string;
  /** How often it has been built. */
  builds(): number;
  /** Let this build and all further ones finish. */
  release(): void;
}

const PYPROJECT = `[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
`;

// It does not wait forever, because the test that would release it may have failed.
const BACKEND = `import os, time, zipfile

NAME = os.path.basename(os.getcwd())
INFO = NAME + "-1.0.dist-info"
FILES = {
    NAME + ".py": "",
    INFO + "/METADATA": "Metadata-Version: 2.1\\nName: %s\\nVersion: 1.0\\n" % NAME,
    INFO + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    INFO + "/RECORD": "",
}


def prepare_metadata_for_build_wheel(folder, settings=None):
    os.mkdir(os.path.join(folder, INFO))
    for name, text in FILES.items():
        if name.startswith(INFO):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
    return INFO


def build_wheel(folder, settings=None, metadata=None):
    with open("../builds", "a") as file:
        file.write("x")
    end = time.monotonic() + 60
    while not os.path.exists("../released") and time.monotonic() < end:
        time.sleep(0.01)
    name = NAME + "-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for file, text in FILES.items():
            wheel.writestr(file, text)
    return name
`;

export function tiny(name: string): Tiny {
  const folder = folderWith({
    [`${name}/pyproject.toml`]: PYPROJECT,
    [`${name}/backend.py`]: BACKEND,
  });
  const builds = join(folder, "builds");
  return {
    requirement: join(folder, name),
    builds: () => (existsSync(builds) ? readFileSync(builds).length : 0),
    release: () => writeFileSync(join(folder, "released"), ""),
  };
}
