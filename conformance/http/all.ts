import type { Case } from "../case.ts";
import { chunkedCases } from "./chunked.ts";
import { connectionCases } from "./connection.ts";
import { fieldCases } from "./fields.ts";
import { hostCases } from "./host.ts";
import { lengthCases } from "./length.ts";
import { lineCases } from "./line.ts";
import { gunicornCases } from "./smuggling-gunicorn.ts";
import { smugglingCases } from "./smuggling.ts";
import { waitressCases } from "./smuggling-waitress.ts";

/** The rules of HTTP that concern an origin server, and what has been used against servers. */
export const httpCases: Case[] = [
  ...lineCases,
  ...hostCases,
  ...fieldCases,
  ...lengthCases,
  ...chunkedCases,
  ...connectionCases,
  ...smugglingCases,
  ...gunicornCases,
  ...waitressCases,
];
