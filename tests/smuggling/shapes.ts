import { bodyShapes } from "./shapes-body.ts";
import { headShapes } from "./shapes-head.ts";
import { connectionShapes } from "./shapes-connection.ts";
import type { Shape } from "./shape.ts";

export const shapes: Shape[] = [...bodyShapes, ...headShapes, ...connectionShapes];
