import { createHash } from "node:crypto";

/** What the views of faults/site answer. */
export const LINES: Buffer = Buffer.from(
  Array.from({ length: 100_000 }, (_, number) => `${String(number).padStart(9, "0")}\n`).join(""),
);

/** The stream is its beginning, in ten chunks. */
export const STREAM: Buffer = LINES.subarray(0, 100_000);

export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A page without what is another in each answer: the token against cross-site requests. */
export function comparable(body: Buffer): string {
  return body.toString("latin1").replace(/(csrfmiddlewaretoken["'] value=["'])\w+/g, "$1");
}

/** Pages of the example, each with its content, and as many single orders from the list. */
export const PAGES: Record<string, string> = {
  "/orders/": "Orders",
  "/products/": "Products",
  "/customers/": "Customers",
  "/api/orders/": '"results"',
  "/api/orders/?status=shipped": '"status": "shipped"',
};
export const ORDERS_SHOWN = 15;
