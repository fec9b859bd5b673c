import type { Options } from "./options.ts";
import { lines } from "./results.ts";
import type { Measured } from "./results.ts";
import { measureRound } from "./round.ts";
import type { Sides } from "./round.ts";
import type { Surroundings } from "./side.ts";
import type { Workload } from "./workloads.ts";

/** Fewer starts of a server would be a matter of luck: where its memory lies and which code was compiled first. */
const fewestRounds = 2;

/** A workload while it is measured. */
interface Entry {
  workload: Workload;
  measured: Measured;
  /** Seconds of its last round. */
  took: number;
}

/**
 * Measures round after round of all workloads, as many as fit in the time. A disturbance of some seconds then meets a few
 * pairs of each workload instead of all pairs of one. Where something seems slower or faster, as many rounds again must
 * confirm it, whatever time that takes: such a word sends somebody to look for a reason.
 *
 * @param seconds that are left
 */
export async function measureRounds(
  sides: Sides,
  surroundings: Surroundings,
  options: Options,
  seconds: number,
): Promise<Measured[]> {
  const began = performance.now();
  const left = (): number => seconds - (performance.now() - began) / 1000;
  const all = options.workloads.map((workload): Entry => {
    const measured: Measured = { name: workload.name, title: workload.title, rounds: [] };
    return { workload, measured, took: 0 };
  });
  const measure = async (entry: Entry): Promise<void> => {
    const before = left();
    const isOdd = entry.measured.rounds.length % 2;
    const inOrder = isOdd ? (sides.toReversed() as Sides) : sides;
    await addRound(entry.measured, entry.workload, inOrder, surroundings, options);
    entry.took = before - left();
    console.error(`${progress(entry.measured)}  ${Math.max(0, Math.round(left()))} s left`);
  };

  const isOpen = ({ measured, took }: Entry): boolean =>
    !measured.failure && (measured.rounds.length < fewestRounds || took < left());
  while (all.some(isOpen)) for (const entry of all) if (isOpen(entry)) await measure(entry);

  for (const entry of all.filter(({ measured }) => isDifferent(measured))) {
    console.error(`${entry.workload.name} seems to differ: as many rounds again`);
    const count = entry.measured.rounds.length * 2;
    while (!entry.measured.failure && entry.measured.rounds.length < count) await measure(entry);
  }
  return all.map(({ measured }) => measured);
}

function isDifferent(measured: Measured): boolean {
  return lines(measured).some(({ verdict }) => ["slower", "faster"].includes(verdict.word));
}

async function addRound(
  measured: Measured,
  workload: Workload,
  sides: Sides,
  surroundings: Surroundings,
  options: Options,
): Promise<void> {
  try {
    measured.rounds.push(await measureRound(sides, workload, surroundings, options));
  } catch (error) {
    measured.failure = error instanceof Error ? error.message : String(error);
  }
}

/** The ratios of the last round. */
function progress({ name, rounds, failure }: Measured): string {
  if (failure) return `${name} failed: ${failure}`;
  const { pairs } = rounds.at(-1)!;
  const figure = "rps" in pairs[0].base ? "rps" : "start";
  const ratios = pairs.map(({ base, head }) => (head[figure] / base[figure]).toFixed(2));
  return `round ${rounds.length}  ${name.padEnd(7)} ${figure.padEnd(5)} head/base ${ratios.join(" ")}`;
}
