import { errorCodes } from "../../src/shared/errors.ts";

/** The text of docs/reference/errors.md. */
export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Errors

Made from \`src/shared/errors.ts\` by \`npm run docs\`.

Every error that a user can meet has a code. A code never changes, and is never reused for another error.
The code is part of the message, of the log line (\`code\`), and of the body of a 502, 503 or 504 response.

Exit statuses of \`quintet\`: 0 if it was stopped, 1 if it was stopped at once, 2 if the command line is wrong, 3 if a
setting is invalid, or if the application or an address is unavailable. \`quintet status\` exits with 1 if no server runs.
\`reload\`, \`upgrade\`, \`scale\` and \`stop\` exit with 3 if nothing was done.

| code | meaning |
| --- | --- |
${rows.join("\n")}
`;
}
