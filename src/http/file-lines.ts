/** What of the files is served from where, for people. */
export interface FilesStatus {
  url: string;
  /** Folders, or one file; none where the application answers. */
  from: string[];
  /** What below the URL is left to the application, and why. */
  left: { url: string; why: string }[];
}

/** Paths left to the application that are listed; the others are counted. */
const TOLD = 5;

/** One line for each URL, and for what below it is left to the application. */
export function fileLines(status: FilesStatus[]): string[] {
  return status.flatMap(({ url, from, left }) => {
    const lines = from.length > 0 ? [`${url} from ${from.join(", then ")}`] : [];
    for (const each of left.slice(0, TOLD)) {
      lines.push(`${each.url} is left to the application: ${each.why}`);
    }
    if (left.length > TOLD) lines.push(`${left.length - TOLD} more below ${url} are left to it`);
    return lines;
  });
}
