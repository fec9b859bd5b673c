import { errorCodes } from "../../src/shared/errors.ts";

/** The text of docs/reference/errors.md. */
export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Errors

Made from \`src/shared/errors.ts\` by \`npm run docs\`.

Every error that a user can meet has a code, which never changes and is never reused. The code appears in the message, in the
log (\`code\`), and in the body of a 502, 503 or 504 response.

Exit statuses of \`quintet\`:

| status | meaning |
| --- | --- |
| 0 | the server was stopped |
| 1 | the server was stopped at once; for \`quintet status\`, no server is running |
| 2 | the command line is invalid |
| 3 | a setting has a wrong value, or the application or the address is not available; for \`reload\`, \`upgrade\`, \`scale\` and \`stop\`, nothing was done |

| code | meaning |
| --- | --- |
${rows.join("\n")}
`;
}
