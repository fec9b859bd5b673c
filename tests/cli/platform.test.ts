import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { gunicorn, gunicornCommand } from "../../peers/gunicorn.ts";
import { cgroupLimits } from "../../src/config/cgroup-limits.ts";
import { defaultWorkers, type Machine } from "../../src/config/default-workers.ts";
import { cgroup, within } from "../../testing/cgroup.ts";
import { cleanEnvironment, runCommand } from "../../testing/command.ts";
import { apps, python, root } from "../../testing/paths.ts";
import { freePort } from "../../testing/ports.ts";
import { start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

test(
  "PORT and WEB_CONCURRENCY of a platform are read, as Gunicorn does",
  { skip: gunicorn.skip },
  async (t) => {
    const port = await freePort();
    const server = await start("basic", {
      port,
      env: { PORT: String(port), WEB_CONCURRENCY: "3" },
    });
    t.after(() => server.stop());
    assert.equal((await fetch(server.url)).status, 200);
    await server.logged(({ msg }) => msg?.startsWith("3 workers of 1 thread") === true);
    await server.logged(
      ({ msg }) => msg === "this number of workers because WEB_CONCURRENCY is set",
    );
    await server.logged(
      ({ msg }) => msg?.startsWith(`listening on http://0.0.0.0:${port} `) === true,
    );
    const theirs = await freePort();
    const [program = "", ...args] = gunicornCommand({ port: 0, workers: 0, target: "basic" });
    const own = args.filter(
      (_, index) =>
        !["--bind", "--workers"].some(
          (flag) => index - args.indexOf(flag) < 2 && index >= args.indexOf(flag),
        ),
    );
    const peer = spawn(program, own, {
      cwd: apps,
      env: cleanEnvironment({ PORT: String(theirs), WEB_CONCURRENCY: "3" }),
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    peer.stderr.on("data", (chunk) => (output += chunk));
    t.after(async () => {
      peer.kill();
      await once(peer, "exit");
    });
    await until(() => output.match(/Booting worker/g)?.length === 3, "it has three workers");
    assert.match(output, new RegExp(`Listening at: http://0\\.0\\.0\\.0:${theirs} `));
  },
);

test("Quintet's own settings override them, and then they are not even checked", async (t) => {
  const cwd = folderWith({ "quintet.config.ts": "export default { workers: 1 };\n" });
  const server = await start("basic", {
    cwd,
    env: { PORT: "tcp://10.0.0.1:80", WEB_CONCURRENCY: "many", PYTHONPATH: apps },
  });
  t.after(() => server.stop());
  await server.logged(({ msg }) => msg?.startsWith("1 worker of 1 thread") === true);
  assert.doesNotMatch(server.output(), /this number of workers/);
});

test("values that they cannot have are refused, by name", async () => {
  const wrong: [NodeJS.ProcessEnv, RegExp][] = [
    [
      { PORT: "tcp://10.0.0.1:80" },
      /QUINTET_SETTING: PORT is "tcp:\/\/10\.0\.0\.1:80"; it must be a port from 1 to 65535\.\n.*--bind/,
    ],
    [{ PORT: "65536" }, /QUINTET_SETTING: PORT is "65536"/],
    [
      { WEB_CONCURRENCY: "many" },
      /QUINTET_SETTING: WEB_CONCURRENCY: workers is "many"; it must be a whole number/,
    ],
  ];
  for (const [env, expected] of wrong) {
    const { code, stderr } = await runCommand(["--python", python, "basic"], { env });
    assert.equal(code, 3);
    assert.match(stderr, expected);
  }
});

test("as many workers are started as a cgroup has memory for, also one around ours, and the log says why", async (t) => {
  const group = cgroup(t, "memory", 500 * 1024 ** 2, "inner");
  if (group === null) return;
  const server = await start("basic", { by: within(group) });
  t.after(() => server.stop());
  await server.logged(({ msg }) => msg?.startsWith("1 worker of 1 thread") === true);
  const { msg } = await server.logged(
    (line) => line.msg?.startsWith("this number of workers") === true,
  );
  assert.match(
    msg ?? "",
    /because a cgroup limits memory to 500 MB \(\/sys\/fs\/cgroup\/.*\), which is enough for this many workers of 256 MB/,
  );
});

test("the CPU quota of a cgroup is known, also of one around ours", async (t) => {
  const group = cgroup(t, "cpu", 1.5, "inner");
  if (group === null) return;
  const code = `import { cgroupLimits } from ${JSON.stringify(join(root, "src/config/cgroup-limits.ts"))};
console.log(JSON.stringify(cgroupLimits().cpus));`;
  const [program = "", ...before] = within(group);
  const { stdout, stderr } = spawnSync(
    program,
    [...before, process.execPath, "--input-type=module", "-e", code],
    { encoding: "utf8" },
  );
  assert.equal(stderr, "");
  const found = JSON.parse(stdout) as { value: number; file: string };
  assert.equal(found.value, 1.5);
  assert.ok(found.file.startsWith(join(group, "..")), found.file);
});

// A machine has cgroups of one version, in one place: these are files as other machines have them.
const MB = 1024 ** 2;
const elsewhere: [
  what: string,
  files: Record<string, string>,
  cpus: number | null,
  memory: number | null,
][] = [
  [
    "the second version, as systemd mounts it: the least of all around",
    {
      "proc/self/cgroup": "0::/system.slice/shop.service\n",
      "proc/self/mountinfo":
        "35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
      "sys/fs/cgroup/system.slice/cpu.max": "250000 100000\n",
      "sys/fs/cgroup/system.slice/memory.max": String(900 * MB),
      "sys/fs/cgroup/system.slice/shop.service/cpu.max": "max 100000\n",
      "sys/fs/cgroup/system.slice/shop.service/memory.max": "max\n",
      "sys/fs/cgroup/system.slice/shop.service/memory.high": String(700 * MB),
    },
    2.5,
    700 * MB,
  ],
  [
    "a container with a namespace of its own",
    {
      "proc/self/cgroup": "0::/\n",
      "proc/self/mountinfo": "35 24 0:30 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
      "sys/fs/cgroup/cpu.max": "50000 100000\n",
      "sys/fs/cgroup/memory.max": "max\n",
    },
    0.5,
    null,
  ],
  [
    "a container that sees the path of its host",
    {
      "proc/self/cgroup":
        "4:memory:/docker/0abc\n3:cpu,cpuacct:/docker/0abc\n1:name=systemd:/docker/0abc\n",
      "proc/self/mountinfo":
        "40 24 0:31 /docker/0abc /sys/fs/cgroup/cpu\\040and\\040more ro - cgroup cgroup rw,cpu,cpuacct\n" +
        "41 24 0:32 /docker/0abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
      "sys/fs/cgroup/cpu and more/cpu.cfs_quota_us": "300000\n",
      "sys/fs/cgroup/cpu and more/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    },
    3,
    null,
  ],
  [
    "both versions side by side, and a path that is not below what is mounted",
    {
      "proc/self/cgroup": "3:cpu:/elsewhere\n0::/user.slice\n",
      "proc/self/mountinfo":
        "40 24 0:31 /docker/0abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n" +
        "41 24 0:32 / /sys/fs/cgroup/unified ro - cgroup2 cgroup2 rw\n",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/unified/user.slice/memory.max": String(600 * MB),
    },
    null,
    600 * MB,
  ],
  ["no cgroups, or no /proc", {}, null, null],
];
for (const [what, files, cpus, memory] of elsewhere) {
  test(`limits are read from ${what}`, () => {
    const found = cgroupLimits(folderWith(files));
    assert.deepEqual([found.cpus?.value ?? null, found.memory?.value ?? null], [cpus, memory]);
  });
}

test("the default is one worker for each usable CPU, and the reason for fewer is named", () => {
  const room = { all: 64, usable: 64, cpus: null, memory: null };
  const limit = (value: number): Machine["cpus"] => ({ value, file: "/f" });
  const rows: [Partial<Machine>, number, RegExp][] = [
    [{}, 64, /^$/],
    [{ all: 1, usable: 1 }, 2, /^$/],
    [{ usable: 8 }, 8, /8 of 64 CPUs/],
    [{ cpus: limit(3.2) }, 4, /a cgroup limits this process to 3\.2 CPUs \(\/f\)/],
    [{ cpus: limit(0.25) }, 2, /0\.25 CPUs/],
    [{ cpus: limit(100) }, 64, /^$/],
    [{ memory: limit(1024 * MB) }, 4, /memory to 1024 MB \(\/f\)/],
    [{ memory: limit(64 * MB) }, 1, /memory/],
    [{ usable: 8, cpus: limit(4), memory: limit(3000 * MB) }, 4, /4 CPUs/],
    [{ all: 4000, usable: 4000 }, 1024, /1024 is the maximum/],
  ];
  for (const [given, workers, because] of rows) {
    const found = defaultWorkers({ ...room, ...given });
    assert.equal(found.workers, workers);
    assert.match(found.because, because);
  }
});
