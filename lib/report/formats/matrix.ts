import type { Severity } from '#lib/catalog/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { FindingKind } from '#lib/words/kinds.ts';
import type { AccessDegree } from '../access.ts';
import type { JsonFinding, JsonPrincipal, JsonReport } from '../json.ts';

/** How it stands with one action of one principal, worst first. */
export const cellStates = [
  'excess',
  'unguarded',
  'missing',
  'contradiction',
  'inconclusive',
  'suppressed',
  'not judged',
  'ok',
] as const;
export type CellState = (typeof cellStates)[number];

export interface Cell {
  readonly state: CellState;
  /** Absent: nobody judges it, or the report holds no access. */
  readonly expected?: AccessDegree;
  readonly observed?: AccessDegree;
}

export interface MatrixAction {
  readonly action: string;
  readonly family: string;
  readonly severity: Severity;
}

export interface MatrixRow {
  readonly principal: JsonPrincipal;
  /** In the order of the matrix's actions; the same object for principals alike. */
  readonly cells: readonly Cell[];
  readonly findings: readonly JsonFinding[];
}

export interface Matrix {
  /** Grouped by family; of a report without access those that its findings name. */
  readonly actions: readonly MatrixAction[];
  readonly rows: readonly MatrixRow[];
}

/** Findings about single actions; the others are about the principal as a whole. */
const stateOfKind: Readonly<Partial<Record<FindingKind, CellState>>> = {
  excess: 'excess',
  'access-gained': 'excess',
  unguarded: 'unguarded',
  missing: 'missing',
  'access-lost': 'missing',
  contradiction: 'contradiction',
  inconclusive: 'inconclusive',
};

/** Principals by actions: what the findings say of each; nothing is judged anew. */
export function matrixOf(report: JsonReport): Matrix {
  const { access, principals, findings } = report;
  const named = access?.actions ?? actionsNamed(findings);
  const order = [...named.keys()].sort((a, b) => {
    const [one, other] = [named[a]?.family ?? '', named[b]?.family ?? ''];
    return one === other ? a - b : one < other ? -1 : 1;
  });
  const byPrincipal = groupBy(findings, ({ principalArn = '' }) => principalArn);
  const sides = (access?.rows ?? []).map(({ expected, observed }) => ({
    expected: expected && degreesOf(expected, named.length),
    observed: degreesOf(observed, named.length),
  }));
  const known = new Map<string, readonly Cell[]>();
  return {
    actions: order.flatMap((place) => named[place] ?? []),
    rows: principals.map((principal) => {
      const own = byPrincipal.get(principal.arn) ?? [];
      const key = JSON.stringify([principal.access, principal.status, own.map(whatItSays)]);
      const same = known.get(key);
      if (same !== undefined) return { principal, cells: same, findings: own };
      const states = statesOf(principal, own);
      const side = principal.access === undefined ? undefined : sides[principal.access];
      const cells = order.map((place): Cell => {
        const expected = side?.expected?.[place];
        const observed = side?.observed[place];
        return {
          state: states(named[place]?.action ?? ''),
          ...(expected === undefined ? {} : { expected }),
          ...(observed === undefined ? {} : { observed }),
        };
      });
      known.set(key, cells);
      return { principal, cells, findings: own };
    }),
  };
}

function statesOf(
  { status }: JsonPrincipal,
  findings: readonly JsonFinding[],
): (action: string) => CellState {
  const whole = stateOfAll(status, findings);
  const states = new Map<string, CellState>();
  for (const { kind, actions, suppressed } of findings) {
    const state = suppressed === undefined ? stateOfKind[kind] : 'suppressed';
    if (state === undefined || stateOfKind[kind] === undefined) continue;
    for (const { action } of actions) {
      const known = states.get(action);
      if (known === undefined || cellStates.indexOf(state) < cellStates.indexOf(known))
        states.set(action, state);
    }
  }
  return (action) => states.get(action) ?? whole;
}

/** The state of an action that no finding names. */
function stateOfAll(status: JsonPrincipal['status'], findings: readonly JsonFinding[]): CellState {
  if (status === 'not-judged' || status === 'not-checkable') return 'not judged';
  const unknown = findings.some(
    ({ kind, actions, suppressed }) => isUnknown(kind) && actions.length === 0 && !suppressed,
  );
  return unknown ? 'inconclusive' : 'ok';
}

/** What of a finding decides the cells. */
const whatItSays = ({ kind, actions, suppressed }: JsonFinding): unknown => [
  kind,
  suppressed !== undefined,
  actions.map(({ action }) => action),
];

const isUnknown = (kind: FindingKind): boolean => kind === 'inconclusive';

function degreesOf(
  groups: readonly { readonly access: AccessDegree; readonly actions: readonly number[] }[],
  count: number,
): AccessDegree[] {
  const degrees = Array.from({ length: count }, (): AccessDegree => 'none');
  for (const { access, actions } of groups) for (const place of actions) degrees[place] = access;
  return degrees;
}

function actionsNamed(findings: readonly JsonFinding[]): MatrixAction[] {
  const named = new Map<string, MatrixAction>();
  for (const { kind, severity, actions } of findings) {
    if (stateOfKind[kind] === undefined) continue;
    for (const one of actions)
      named.set(one.action, { action: one.action, family: '', severity: one.severity ?? severity });
  }
  return [...named.values()].sort((a, b) => (a.action < b.action ? -1 : 1));
}
