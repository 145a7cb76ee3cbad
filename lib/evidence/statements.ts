import type { JsonReport } from '#lib/report/json.ts';
import type { JsonAccessGroup } from '#lib/report/json-tables.ts';

/**
 * What a report states, each under a name that people know it by, as text that can be compared: whole, with nothing
 * that is only a place in a table of the report.
 */
export function statementsOf(report: JsonReport): ReadonlyMap<string, string> {
  const resolve = resolver(report);
  const statements = new Map<string, string>();
  const state = (name: string, value: unknown) => {
    let key = name;
    for (let copy = 2; statements.has(key); copy += 1) key = `${name} (${copy})`;
    statements.set(key, JSON.stringify(value));
  };
  for (const { access, reachedBy, ...principal } of report.principals) {
    const rest = [report.reach[reachedBy ?? -1], report.waysIn[reachedBy ?? -1], resolve.access(access)];
    state(principal.subject, [principal, ...rest]);
  }
  for (const { by, actions, leadsTo, ...finding } of report.findings) {
    const leads = leadsTo === undefined ? null : report.actionLists[leadsTo];
    const rest = [by.map(resolve.statement), actions.map(resolve.action), leads];
    state(`finding ${finding.id}, ${finding.subject}: ${finding.kind}`, [finding, ...rest]);
  }
  const { run, program, catalogue, principals, findings, access, ...rest } = report;
  const { policies, statements: _, witnesses, answers, actionLists, reach, waysIn, ...whole } = rest;
  state('the summary', [whole, run.startedAt]);
  return statements;
}

function resolver({ policies, statements, witnesses, answers, access }: JsonReport) {
  const statement = (place: number): unknown => {
    const one = statements[place];
    return one === undefined ? null : { ...one, policy: policies[one.policy] };
  };
  const answer = (place: number): unknown => {
    const one = answers[place];
    return one === undefined ? null : { ...one, statements: one.statements?.map(statement) };
  };
  const action = (one: JsonReport['findings'][number]['actions'][number]): unknown => {
    const witness = one.witness === undefined ? undefined : witnesses[one.witness];
    return { ...one, witness: witness && { ...witness, answers: witness.answers.map(answer) } };
  };
  const group = ({ actions, by = [], ...rest }: JsonAccessGroup): unknown => ({
    ...rest,
    actions: actions.map((place) => access?.actions[place]?.action),
    by: by.map(statement),
  });
  const rows = access?.rows.map(({ expected, observed }) => ({
    expected: expected?.map(group),
    observed: observed.map(group),
  }));
  return {
    statement,
    action,
    access: (place: number | undefined): unknown => (place === undefined ? null : rows?.[place]),
  };
}

/** How two reports differ in what they state, in sentences; `ours` is what follows. */
export function differences(theirs: JsonReport, ours: JsonReport): readonly string[] {
  const stated = statementsOf(theirs);
  const follows = statementsOf(ours);
  return [
    ...[...stated].flatMap(([name, text]) => {
      const other = follows.get(name);
      if (other === text) return [];
      return [`${name}: ${other === undefined ? 'does not follow' : 'something else follows'}`];
    }),
    ...[...follows.keys()]
      .filter((name) => !stated.has(name))
      .map((name) => `${name}: follows, and is missing`),
  ];
}
