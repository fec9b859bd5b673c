// docs/reference/wire.md, from the tables of src/wire.
import type { Fits, Kind } from "../../src/shared/message-shape.ts";
import { MESSAGES } from "../../src/wire/json-messages.ts";
import { type Constant, readTable } from "./wire-table.ts";

/** The text of docs/reference/wire.md. */
export function wirePage(): string {
  const frames = readTable("src/wire/frames.ts").map(({ title, constants }) =>
    title.endsWith(": frames")
      ? `## ${title.replace(": frames", "")}\n\n${frameTable(constants)}`
      : `## ${title}\n\n${valueTable(constants)}`,
  );
  const page = readTable("src/wire/page-words.ts").map(
    ({ title, constants }) => `### ${title}\n\n${valueTable(constants)}`,
  );
  const messages = Object.entries(MESSAGES).map(
    ([name, fields]) => `### ${name}\n\n${fieldTable(fields)}`,
  );
  return `# The wire protocol

Made from \`src/wire/frames.ts\`, \`src/wire/page-words.ts\` and \`src/wire/json-messages.ts\` by \`npm run docs\`, as are the
constants of \`python/quintet/wire\`.

This is how the front speaks with the processes that it starts: workers, in Python or Node, and the zygote that forks Python
workers. It is private to one version of Quintet, and may change with the next. \`quintet.host\` speaks it too: it takes the part of the
front towards the Node process that runs a \`wsgi.ts\`.

The front listens on a unix socket in a directory of mode 0700. A worker opens two connections to it, one to read requests and
one to write answers. If they shared a socket, a request written to a worker that has just died would destroy answers that the
front has not read yet. A zygote opens one connection, for its orders. The first frame of every connection is HELLO.

A frame is a header of 12 bytes, little-endian, and its payload:

    u32 length of the payload | u32 request id | u8 type | u8 flags | u16 zero

The id is 0 for frames about the whole process. The ids of one worker always increase.

The environ is a sequence of names and values, each followed by a NUL, in latin-1, as in SCGI. The head of a response is the
status, then names and values, separated by NUL, in latin-1.

A request without a body, or with one in memory, is one frame. A body that does not fit is in a file (\`BODY_IN_FILE\`). With
\`requestBuffering: false\` it streams (\`BODY_STREAMS\`): the worker asks with BODY_WANTED and gets BODY, BODY_END or BODY_GONE. A
short response is one ANSWER. A long one is START, DATA … and END, or ABORT, which the client sees as a truncated response. The
worker keeps at most \`WINDOW_BYTES\` in flight, and CREDIT reports what the client has taken.

${frames.join("\n\n")}

## The shared page

Each worker maps a page that the front reads and writes as a file. Unlike messages, it works while the worker
runs C code. The worker first notes a number in \`NOTED\`, then looks for it in the recalled range. The front first writes the
range, then reads \`NOTED\`. So at least one side sees what the other wrote, and no request runs twice.

${page.join("\n\n")}

## JSON payloads

${messages.join("\n\n")}
`;
}

function frameTable(constants: Constant[]): string {
  return table(
    ["type", "", "meaning", "payload"],
    constants.map(({ name, value, meaning, payload }) => [
      value,
      `\`${name}\``,
      meaning,
      payload ?? "",
    ]),
  );
}

function valueTable(constants: Constant[]): string {
  return table(
    ["", "value", "meaning"],
    constants.map(({ name, value, meaning }) => [`\`${name}\``, value, meaning]),
  );
}

function fieldTable(fields: Record<string, Fits>): string {
  return table(
    ["field", "value"],
    Object.entries(fields).map(([name, { kind }]) => [`\`${name}\``, words(kind)]),
  );
}

function words(kind: Kind | undefined): string {
  if (kind === undefined || typeof kind === "string") return kind ?? "";
  if ("listOf" in kind) return `list of ${words(kind.listOf)}`;
  if ("orNull" in kind) return `${words(kind.orNull)}, or null`;
  if ("orMissing" in kind) return `${words(kind.orMissing)}, optional`;
  if ("oneOf" in kind) return kind.oneOf.map((value) => JSON.stringify(value)).join(", ");
  return Object.entries(MESSAGES).find(([, fields]) => fields === kind.fields)?.[0] ?? "object";
}

function table(columns: string[], rows: string[][]): string {
  const line = (cells: string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
