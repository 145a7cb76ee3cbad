const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/**
 * Whether CloudWatch gets a line of a function that logs JSON: a JSON object below the function's level is dropped, and one
 * without a level and a timestamp counts as INFO.
 * Source: AWS Lambda Developer Guide, "Log-level filtering" and "Supported JSON log formats".
 */
export function isLogged(line: string, applicationLogLevel: string): boolean {
  const said = levelOf(line);
  return said === undefined || levels.indexOf(said) >= levels.indexOf(applicationLogLevel);
}

/** `undefined`: no JSON object, which Lambda passes on as it is. */
function levelOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { level, timestamp } = value as { level?: unknown; timestamp?: unknown };
  const isDated = typeof timestamp === 'string' && !Number.isNaN(Date.parse(timestamp));
  return isDated && typeof level === 'string' && levels.includes(level) ? level : 'INFO';
}
