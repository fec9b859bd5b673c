/** Where the files below a URL are served from, as `quintet status` and the log show it. */
export interface FilesStatus {
  url: string;
  /** Folders, or one file; empty if the application answers. */
  from: string[];
  /** The paths below the URL that are left to the application, and why. */
  left: { url: string; why: string }[];
}

/** How many paths left to the application are listed. The others are only counted. */
const MAX_LISTED = 5;

/** One line for each URL, and one for each path that is left to the application. */
export function fileLines(status: FilesStatus[]): string[] {
  return status.flatMap(({ url, from, left }) => {
    const lines = from.length > 0 ? [`${url} from ${from.join(", then ")}`] : [];
    for (const each of left.slice(0, MAX_LISTED)) {
      lines.push(`${each.url} is left to the application: ${each.why}`);
    }
    const others = left.length - MAX_LISTED;
    if (others > 0) lines.push(`${others} more below ${url} are left to the application`);
    return lines;
  });
}
