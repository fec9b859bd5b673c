/** A response as received. */
export interface Answer {
  status: number;
  headers: Map<string, string>;
  body: string;
}

/**
 * Parse everything received on a connection.
 *
 * @param methods of the requests that the application answered, in order
 * @throws {Error} for anything but a sequence of complete responses
 */
export function readAnswers(text: string, methods: string[]): Answer[] {
  const answers: Answer[] = [];
  let answered = 0;
  for (let rest = text; rest !== "";) {
    const head =
      /^HTTP\/1\.1 (\d{3}) [\t -~]*\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[^\r\n\0]*\r\n)*)\r\n/.exec(
        rest,
      );
    if (!head)
      throw new Error(`this is no head of an answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const status = Number(head[1]);
    const headers = new Map<string, string>();
    for (const line of (head[2] as string).split("\r\n").filter(Boolean)) {
      const mark = line.indexOf(":");
      const name = line.slice(0, mark).toLowerCase();
      if (headers.has(name)) throw new Error(`${name} comes twice`);
      headers.set(name, line.slice(mark + 1).trim());
    }
    rest = rest.slice(head[0].length);
    if (status === 100) continue;
    const length = Number(headers.get("content-length"));
    if (!Number.isInteger(length)) throw new Error(`an answer without Content-Length: ${head[0]}`);
    const isHead = status === 200 ? methods[answered++] === "HEAD" : rest === "";
    if (!isHead && rest.length < length) throw new Error("an answer is cut short");
    answers.push({ status, headers, body: isHead ? "" : rest.slice(0, length) });
    if (!isHead) rest = rest.slice(length);
  }
  return answers;
}
