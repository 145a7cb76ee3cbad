import type { Position, Statement } from '@permission-check/iam-policy';

/**
 * Where the simulator says a statement starts: directly behind the `[`, the `,` or, for a single statement that is
 * not in a list, the `{` before it, so white space belongs to the statement.
 */
export function simulatorStart(text: string, statement: Statement): Position {
  const lines = text.split('\n');
  let line = statement.start.line - 1;
  let before = (lines[line] ?? '').slice(0, statement.start.column - 1).trimEnd();
  while (before === '' && line > 0) {
    line -= 1;
    before = (lines[line] ?? '').trimEnd();
  }
  const single = before.endsWith(':');
  return single
    ? { line: statement.start.line, column: statement.start.column + 1 }
    : { line: line + 1, column: before.length + 1 };
}
