import { Agent, request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";

/** A complete response. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Bytes on the wire, head and framing included: what wrk counts too. */
  wireBytes: number;
  /** The connection had carried a request before. */
  reused: boolean;
}

export interface Ask {
  port: number;
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

const within = 10_000;

async function ask(agent: Agent, { port, path, method, headers, body }: Ask): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const asked = request({ host: "127.0.0.1", port, path, method, headers, agent, timeout: within });
  asked.on("timeout", () =>
    asked.destroy(new Error(`no answer within ${within / 1000} s from ${path}`)),
  );
  asked.on("error", reject);
  let before = 0;
  asked.on("socket", (socket) => (before = socket.bytesRead ?? 0));
  asked.on("response", (response) => {
    const socket = response.socket;
    buffer(response).then((whole) => {
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: whole,
        wireBytes: socket.bytesRead - before,
        reused: asked.reusedSocket,
      });
    }, reject);
  });
  asked.end(body);
  return promise;
}

/** One request on a connection that offers to be kept, as wrk's do; it is closed afterwards. */
export async function once(options: Ask): Promise<Answer> {
  return (await twice(options, 1))[0];
}

/** The same request again on the same connection, if the server keeps it: see `reused`. */
export async function twice(options: Ask, times = 2): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const answers = [];
    for (let time = 0; time < times; time++) {
      answers.push(await ask(agent, options));
      // The agent takes a connection back a turn after the answer's end.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return answers;
  } finally {
    agent.destroy();
  }
}
