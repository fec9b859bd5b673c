// The twin of tests/apps/spoken.py, with no validator around it: what the server itself says is what is looked at.
import type { SyncInputStream, WsgiApplication } from "quintet/wsgi";

export interface Order {
  status: string;
  headers: [string, string][];
  pieces: string[];
  again?: string;
  write?: boolean;
  /** What the pieces are, if not an array. */
  as?: string;
  /** What the headers are, if not an array. */
  shape?: string;
}

const FINE: Order = { status: "200 OK", headers: [], pieces: ["fine"] };

export const application: WsgiApplication = (environ, startResponse) => {
  const sent = Buffer.from((environ["wsgi.input"] as SyncInputStream).read()).toString();
  const order = sent === "" ? FINE : (JSON.parse(sent) as Order);
  const { shape } = order;
  const headers = shape === undefined ? order.headers : shape === "dict" ? {} : shape;
  let write = startResponse(order.status, headers as Order["headers"]);
  if (order.again !== undefined) {
    write = startResponse(order.again, order.headers, new Error("a first answer comes to nothing"));
  }
  const pieces = order.pieces.map((piece) => Buffer.from(piece, "latin1"));
  if (!order.write) return order.as === "iterator" ? pieces.values() : pieces;
  for (const piece of pieces) write(piece);
  return [];
};
