import { join } from "node:path";
import { pythonOf } from "../../scripts/lib/python.ts";
import { root } from "../../scripts/lib/steps.ts";
import { environment, link, requirementsOf } from "../../testing/environments.ts";

/** The versions of CPython that workers run on. */
const PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];

/** Those that tests/versions/older.test.ts runs; newer.test.ts runs the others, so that both can run at once. */
export const OLDER: ReadonlySet<string> = new Set(["3.9", "3.10", "3.11"]);

/** Each supported Django, with the CPython versions it runs on. */
const DJANGOS = [
  { release: "4.2.30", from: "3.9", to: "3.12" },
  { release: "5.1.15", from: "3.10", to: "3.13" },
  { release: "5.2.19", from: "3.10", to: "3.14" },
  { release: "6.0.10", from: "3.12", to: "3.14" },
  { release: "6.1.3", from: "3.12", to: "3.14" },
];

/** An available combination of Django and CPython. */
export interface Pair {
  title: string;
  /** Such as 5.2. */
  django: string;
  /** The CPython version, such as 3.11. */
  version: string;
  /** The CPython of the environment. */
  base: string;
  /** Its virtual environment: a link to one in the cache. */
  folder: string;
  requirement: string;
}

/** What cannot be tested here. */
export interface Missing {
  title: string;
  reason: string;
  /** Every machine has a Python for it, so a missing one is a failure in CI. */
  needed: boolean;
}

const short = (release: string): string => release.split(".").slice(0, 2).join(".");

/**
 * Which Django is tested on which CPython: every CPython at hand, each with the oldest Django of its time, and every
 * Django, on the oldest CPython at hand if not on its own.
 */
export function versions(): { pairs: Pair[]; missing: Missing[] } {
  const pairs: Pair[] = [];
  const missing: Missing[] = [];
  const atHand = new Map<string, string>();
  for (const version of PYTHONS) {
    const base = pythonOf(version);
    if (base) atHand.set(version, base);
    else missing.push({ title: `CPython ${version}`, reason: "not at hand", needed: false });
  }
  const add = (version: string, release: string): void => {
    const django = short(release);
    pairs.push({
      title: `Django ${django} on CPython ${version}`,
      django,
      version,
      base: atHand.get(version) as string,
      folder: join(root, ".cache", "versions", `python${version}-django${release}`),
      requirement: `Django==${release}`,
    });
  };
  // One for one, by release: 3.9 with 4.2, 3.10 with 5.1, and so on.
  for (const [index, version] of PYTHONS.entries()) {
    const { release } = DJANGOS[Math.min(index, DJANGOS.length - 1)] as { release: string };
    if (atHand.has(version)) add(version, release);
  }
  for (const { release, from, to } of DJANGOS) {
    const django = short(release);
    if (pairs.some((pair) => pair.django === django)) continue;
    const those = PYTHONS.slice(PYTHONS.indexOf(from), PYTHONS.indexOf(to) + 1);
    const version = those.find((each) => atHand.has(each));
    if (version) add(version, release);
    else {
      const reason = `no CPython ${from} to ${to} is at hand`;
      missing.push({ title: `Django ${django}`, reason, needed: django < "6" });
    }
  }
  return { pairs, missing };
}

/** Create the virtual environments of all pairs, and report what is left out. */
export async function versionsEnvironments(): Promise<void> {
  const lines = requirementsOf(join(root, "tests", "versions", "requirements.txt"));
  const { pairs, missing } = versions();
  for (const { title, reason } of missing) process.stdout.write(`${title}: ${reason}, skipped\n`);
  for (const { title, folder, base, requirement } of pairs) {
    const requirements = [...lines, requirement];
    link(folder, await environment({ what: `Installing ${title}`, base, requirements }));
  }
}
