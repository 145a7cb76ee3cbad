import { describe, expect, it } from 'vitest';
import type { Finding } from '#lib/compare/types.ts';
import { announcedAfter, pendingAlerts } from '#lib/outbox/alerts.ts';
import { remember } from '#lib/outbox/remember.ts';
import type { PrincipalRecord, Reading } from '#lib/outbox/types.ts';
import { change, finding, reading } from './fixtures.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 24, 12, minute)).toISOString();

/** Checks and tells in turn; returns what was told each time. */
function story(...steps: (Finding[] | Reading | 'tell')[]): string[][] {
  let record: PrincipalRecord | undefined;
  const told: string[][] = [];
  steps.forEach((step, minute) => {
    if (step !== 'tell') {
      record = remember(record, Array.isArray(step) ? reading(at(minute), step) : step);
      return;
    }
    if (record === undefined) throw new Error('nothing to tell yet');
    const alerts = pendingAlerts(record, at(minute), { reminderDays: 7 });
    told.push(alerts.map(({ kind, finding }) => `${kind} ${finding.id}`));
    record = { ...record, announced: announcedAfter(record, alerts, at(minute)) };
  });
  return told;
}

const a = finding('a', ['DeleteFaces']);
const aWorse = finding('a', ['DeleteFaces', 'DeleteCollection'], 'critical');

const suppressed = {
  principal: 'role/analyst',
  actions: ['*'],
  reason: 'r',
  owner: 'o',
  until: '2026-12-31',
  location: { file: 'e', line: 1 },
};

describe('what the team is told', () => {
  it.each<[string, Parameters<typeof story>, string[][]]>([
    ['a new finding once', [[a], 'tell', [a], 'tell'], [['new a'], []]],
    ['a finding that was never told, however often the sender died', [[a], [a], [a], 'tell'], [['new a']]],
    ['its end, once', [[a], 'tell', [], 'tell', [], 'tell'], [['new a'], ['resolved a'], []]],
    [
      'a change for the worse',
      [[a], 'tell', [aWorse], 'tell', [aWorse], 'tell'],
      [['new a'], ['worse a'], []],
    ],
    ['nothing of a change for the better', [[aWorse], 'tell', [a], 'tell'], [['new a'], []]],
    [
      'a relapse after a change for the better',
      [[aWorse], 'tell', [a], [aWorse], 'tell'],
      [['new a'], ['worse a']],
    ],
    ['nothing of what came and went untold', [[a], [], 'tell'], [[]]],
    ['nothing of what went and came back untold', [[a], 'tell', [], [a], 'tell'], [['new a'], []]],
    [
      'a return after its end was told',
      [[a], 'tell', [], 'tell', [a], 'tell'],
      [['new a'], ['resolved a'], ['new a']],
    ],
    [
      'another scope as worse',
      [[a], 'tell', [finding('a', ['DeleteFaces'], 'high', { scope: 'collection/x' })], 'tell'],
      [['new a'], ['worse a']],
    ],
    [
      'a condition that is lost as worse, though nothing else has changed',
      [[finding('a', ['DeleteFaces'], 'high', { when: 'with MFA' })], 'tell', [a], 'tell'],
      [['new a'], ['worse a']],
    ],
  ])('%s', (_, steps, expected) => {
    expect(story(...steps)).toEqual(expected);
  });

  it('tells once that it is not known whether a change has opened anything, unless that is open already', () => {
    const unsettled = finding('u', ['DeleteFaces'], 'high', { kind: 'inconclusive' });
    const blind = finding('i', ['DeleteFaces'], 'high', { kind: 'inconclusive' });
    const access = (text: string): Reading['access'] => ({
      policies: [{ name: 'p', type: 'inline', text }],
      facts: {},
    });
    const look = (minute: number, text: string, findings: Finding[] = []) =>
      reading(at(minute), findings, {
        access: access(text),
        changeSince: () => ({ gained: [unsettled], lost: [] }),
        covering: { label: 'built-in', builtIn: true },
      });
    let record = remember(remember(undefined, look(1, 'a')), look(2, 'b'));
    const alerts = pendingAlerts(record, at(2), { reminderDays: 7 });
    expect(alerts.map(({ kind, finding: { id } }) => `${kind} ${id}`)).toEqual(['new u']);
    record = {
      ...record,
      announced: announcedAfter(record, alerts, at(2)),
      changed: undefined,
      past: undefined,
    };
    expect(pendingAlerts(remember(record, look(3, 'b')), at(3), { reminderDays: 7 })).toEqual([]);
    const open = story(look(1, 'a', [blind]), 'tell', look(2, 'b', [blind]), 'tell');
    expect(open).toEqual([['new i'], []]);
  });

  it('does not take an inconclusive check for the end of a finding', () => {
    const blind = finding('i', ['DeleteFaces'], 'low', { kind: 'inconclusive' });
    const throttled = reading(at(2), [blind], { status: 'inconclusive' });
    expect(story([a], 'tell', throttled, 'tell', [a], 'tell')).toEqual([
      ['new a'],
      ['new i'],
      ['resolved i'],
    ]);
  });

  it('does not tell as resolved what a principal had, of which something else could not be found out', () => {
    const other = finding('m', ['DetectText'], 'medium', { kind: 'missing' });
    const blind = finding('i', ['SearchFaces'], 'low', { kind: 'inconclusive' });
    const inPart = reading(at(2), [other, blind], { status: 'findings' });
    expect(story([a], 'tell', inPart, 'tell', [other], 'tell')).toEqual([
      ['new a'],
      ['new m', 'new i'],
      ['resolved a', 'resolved i'],
    ]);
  });

  it('says nothing of a suppressed finding, and speaks again when the suppression is gone', () => {
    const covered = finding('a', ['DeleteFaces'], 'high', { suppressed });
    expect(story([covered], 'tell', [a], 'tell')).toEqual([[], ['new a']]);
  });

  it('does not take a suppression for the end of a finding, and tells it anew after the suppression', () => {
    // A suppressed finding has an id of its own.
    const covered = finding('a, suppressed', ['DeleteFaces'], 'high', { suppressed });
    expect(story([a], 'tell', [covered], 'tell', [a], 'tell')).toEqual([['new a'], [], ['new a']]);
    expect(story([a], 'tell', [covered], 'tell', [], 'tell')).toEqual([['new a'], [], []]);
  });

  it('does not tell an action as closed that another policy allows by now', () => {
    const both = finding('a and b', ['DeleteFaces']);
    expect(story([a], 'tell', [both], 'tell', [both], 'tell', [], 'tell')).toEqual([
      ['new a'],
      ['new a and b'],
      [],
      ['resolved a and b'],
    ]);
    const guarded = finding('g', ['DeleteFaces'], 'high', { kind: 'unguarded' });
    expect(story([a], 'tell', [guarded], 'tell')).toEqual([['new a'], ['new g']]);
    const missing = finding('m', ['DeleteFaces'], 'medium', { kind: 'missing' });
    expect(story([a], 'tell', [missing], 'tell')).toEqual([['new a'], ['new m', 'resolved a']]);
  });

  it('tells of the end of a finding only the actions that are not open otherwise', () => {
    const record = remember(undefined, reading(at(0), [aWorse]));
    const told = {
      ...record,
      announced: announcedAfter(record, pendingAlerts(record, at(0), { reminderDays: 7 }), at(0)),
    };
    const now = remember(told, reading(at(1), [finding('c', ['DeleteCollection'])]));
    expect(pendingAlerts(now, at(1), { reminderDays: 7 })).toMatchObject([
      { kind: 'new', finding: { id: 'c' } },
      { kind: 'resolved', finding: { id: 'a', actions: [{ action: 'rekognition:DeleteFaces' }] } },
    ]);
  });

  it('does not say that something could be checked again while it still cannot', () => {
    const blind = (id: string, actions: string[]) => finding(id, actions, 'low', { kind: 'inconclusive' });
    expect(
      story(
        [blind('i', ['DetectText'])],
        'tell',
        [blind('j', [])],
        'tell',
        [blind('k', [])],
        'tell',
        [],
        'tell',
      ),
    ).toEqual([['new i'], ['new j'], ['new k'], ['resolved k']]);
  });

  it('says of a principal that is not judged any more that it is not, rather than that all is well', () => {
    const record = remember(undefined, reading(at(0), [a]));
    const told = {
      ...record,
      announced: announcedAfter(record, pendingAlerts(record, at(0), { reminderDays: 7 }), at(0)),
    };
    const admin = remember(told, reading(at(1), [], { status: 'not-judged' }));
    expect(pendingAlerts(admin, at(1), { reminderDays: 7 })).toMatchObject([
      { kind: 'resolved', notJudged: true },
    ]);
  });

  it('says of whom nobody wrote a rule for that what was not known is known, an administrator too', () => {
    const covering = { label: 'built-in', builtIn: true };
    const record = remember(
      undefined,
      reading(at(0), [finding('i', [], 'low', { kind: 'inconclusive' })], { covering }),
    );
    const told = {
      ...record,
      announced: announcedAfter(record, pendingAlerts(record, at(0), { reminderDays: 7 }), at(0)),
    };
    const admin = remember(told, reading(at(1), [], { status: 'not-judged', covering }));
    const [alert, ...others] = pendingAlerts(admin, at(1), { reminderDays: 7 });
    expect(others).toEqual([]);
    expect(alert?.kind).toBe('resolved');
    expect(alert?.notJudged).toBeUndefined();
  });

  it('reminds after the given days, and only then', () => {
    const record = remember(undefined, reading(at(0), [a]));
    const told = {
      ...record,
      announced: announcedAfter(record, pendingAlerts(record, at(0), { reminderDays: 7 }), at(0)),
    };
    const days = (count: number) => new Date(Date.parse(at(0)) + count * 86_400_000).toISOString();
    expect(pendingAlerts(told, days(6), { reminderDays: 7 })).toEqual([]);
    expect(pendingAlerts(told, days(7), { reminderDays: 7 })).toMatchObject([{ kind: 'reminder' }]);
    expect(pendingAlerts(told, days(7), { reminderDays: 0 })).toEqual([]);
  });

  it('resolves the findings of a deleted principal and says that it was deleted', () => {
    const record = remember(undefined, reading(at(0), [a]));
    const told = {
      ...record,
      announced: announcedAfter(record, pendingAlerts(record, at(0), { reminderDays: 7 }), at(0)),
    };
    const gone = remember(told, reading(at(1), [], { status: 'deleted' }));
    expect(pendingAlerts(gone, at(1), { reminderDays: 7 })).toMatchObject([
      { kind: 'resolved', deleted: true },
    ]);
  });
});

describe('what is remembered', () => {
  it('keeps a newer reading when an older one arrives late, and adds its changes', () => {
    const newer = remember(undefined, reading(at(5), [a], { changes: [change('2', at(5))] }));
    const late = remember(newer, reading(at(1), [], { changes: [change('1', at(1)), change('2', at(5))] }));
    expect(late.known).toEqual(newer.known);
    expect(late.readAt).toBe(at(5));
    expect(late.changes.map(({ eventId }) => eventId)).toEqual(['1', '2']);
  });

  it('knows since when a finding has been there', () => {
    const first = remember(undefined, reading(at(0), [a]));
    const later = remember(first, reading(at(9), [aWorse]));
    expect(later.known).toMatchObject([{ firstSeen: at(0), lastSeen: at(9) }]);
  });
});
