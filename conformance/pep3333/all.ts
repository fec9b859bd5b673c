import type { Case } from "../case.ts";
import { closeCases } from "./close.ts";
import { concurrencyCases } from "./concurrency.ts";
import { environCases } from "./environ.ts";
import { errorsStreamCases } from "./errors-stream.ts";
import { excInfoCases } from "./exc-info.ts";
import { fileWrapperCases } from "./file-wrapper.ts";
import { framingCases } from "./framing.ts";
import { headerCases } from "./headers.ts";
import { inputCases } from "./input.ts";
import { iterableCases } from "./iterable.ts";
import { lengthCases } from "./length.ts";
import { pathCases } from "./paths.ts";
import { requestVariableCases } from "./request-variables.ts";
import { startResponseCases } from "./start-response.ts";
import { unrulyCases } from "./unruly.ts";
import { uploadCases } from "./uploads.ts";
import { validateCases } from "./validate.ts";
import { writeCases } from "./write.ts";

/** Every obligation that PEP 3333 lays on a server, in the order of the PEP as far as that goes. */
export const pepCases: Case[] = [
  ...startResponseCases,
  ...excInfoCases,
  ...headerCases,
  ...lengthCases,
  ...iterableCases,
  ...writeCases,
  ...closeCases,
  ...framingCases,
  ...environCases,
  ...requestVariableCases,
  ...pathCases,
  ...concurrencyCases,
  ...inputCases,
  ...uploadCases,
  ...errorsStreamCases,
  ...fileWrapperCases,
  ...unrulyCases,
  ...validateCases,
];
