export { type ErrorCode, QuintetError } from "../shared/errors.ts";
