import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type RecentEdit, targetsOf } from '#lib/change/edit-targets.ts';
import type { Affected } from '#lib/change/types.ts';
import { type CheckMessage, chunkSize, parseMessage } from '#lib/respond/messages.ts';
import { type ChangeSteps, respondToChanges } from '#lib/respond/on-change.ts';

const sample = (name: string) =>
  readFileSync(new URL(`../../../events/cloudtrail/${name}.json`, import.meta.url), 'utf8');
const withId = (name: string, eventID: string, parameters?: object) => {
  const event = JSON.parse(sample(name));
  event.detail.eventID = eventID;
  if (parameters) event.detail.requestParameters = parameters;
  return JSON.stringify(event);
};

function harness(
  affected: (affected: Affected) => Promise<readonly string[]> = async ({ kind }) =>
    kind === 'account' ? [] : ['role/analyst'],
) {
  const sent: CheckMessage[] = [];
  const sweeps: string[] = [];
  const notes: string[] = [];
  const kept: RecentEdit[] = [];
  const steps: ChangeSteps = {
    accountId: '123456789012',
    affected,
    rememberEdit: async (edit) => void kept.push(edit),
    recentEdits: async (target) =>
      kept.filter(({ change: { edit } }) => edit !== undefined && targetsOf(edit).includes(target)),
    versionText: async () => undefined,
    send: async (messages) =>
      void sent.push(...messages.map((message) => parseMessage(JSON.stringify(message)) as CheckMessage)),
    hasTime: () => true,
    checkAccount: async (reasons) => void sweeps.push(...reasons),
    note: (what, { reason }) => notes.push(`${what}: ${reason}`),
  };
  return { sent, sweeps, notes, steps };
}

describe('respondToChanges', () => {
  it('asks for a principal once, with every change that touched it, and reads a duplicate once', async () => {
    const { sent, steps } = harness();
    const outcome = await respondToChanges(
      [
        { messageId: 'm1', body: withId('attach-role-policy', 'e1') },
        { messageId: 'm2', body: withId('attach-role-policy', 'e1') },
        { messageId: 'm3', body: withId('tag-role', 'e2', { roleName: 'image-tagger' }) },
      ],
      steps,
    );
    expect(outcome).toEqual({ failed: [], changes: 2, principals: 1 });
    expect(sent).toMatchObject([
      {
        principals: [{ subject: 'role/image-tagger', changes: ['e1', 'e2'] }],
        changes: [{ eventId: 'e1' }, { eventId: 'e2' }],
      },
    ]);
  });

  it('makes the same messages of the same events in another order', async () => {
    const [a, b] = [harness(), harness()];
    const records = ['e1', 'e2', 'e3'].map((id) => ({
      messageId: id,
      body: withId('attach-role-policy', id),
    }));
    await respondToChanges(records, a.steps);
    await respondToChanges(records.toReversed(), b.steps);
    expect(a.sent[0]?.batch.id).toBe(b.sent[0]?.batch.id);
  });

  it('keeps what it cannot look up, checks the account for what it cannot read, and goes on', async () => {
    const { sent, sweeps, notes, steps } = harness(async (affected) => {
      if (affected.kind === 'account') return [];
      if (affected.kind === 'policy') throw new Error('Rate exceeded');
      return ['role/analyst'];
    });
    const outcome = await respondToChanges(
      [
        { messageId: 'broken', body: '{' },
        { messageId: 'unknown', body: JSON.stringify({ hello: 'world' }) },
        { messageId: 'throttled', body: sample('set-default-policy-version') },
        { messageId: 'fine', body: sample('attach-role-policy') },
      ],
      steps,
    );
    expect(outcome.failed).toEqual(['throttled']);
    expect(sweeps).toEqual([expect.stringContaining('could not be read')]);
    expect(sent).toHaveLength(1);
    expect(notes).toContainEqual(expect.stringContaining('Rate exceeded'));
  });

  it('sends whom the events name before it looks anybody up, and keeps what there is no time for', async () => {
    const order: string[] = [];
    const { steps } = harness();
    let looked = 0;
    const records = [
      ...Array.from({ length: 5 }, (_, index) => ({
        messageId: `p${index}`,
        body: withId('set-default-policy-version', `p${index}`, {
          policyArn: `arn:aws:iam::123456789012:policy/p${index}`,
          versionId: 'v2',
        }),
      })),
      { messageId: 'attack', body: withId('attach-role-policy', 'attack') },
    ];
    const outcome = await respondToChanges(records, {
      ...steps,
      affected: async () => {
        order.push('look-up');
        looked += 1;
        return ['role/holder'];
      },
      hasTime: () => looked < 2,
      send: async (messages) =>
        void order.push(...messages.flatMap((one) => one.principals.map((p) => p.subject))),
    });
    expect(order).toEqual(['role/image-tagger', 'look-up', 'look-up', 'role/holder']);
    expect(outcome.failed).toEqual(['p2', 'p3', 'p4']);
    expect(outcome.changes).toBe(3);
  });

  it('asks for who left a group in another window, and keeps an event whose edit cannot be kept', async () => {
    const { sent, notes, steps } = harness(async () => []);
    const bodyOf = (eventName: string, eventID: string, requestParameters: object) => {
      const event = JSON.parse(sample('tag-role'));
      return JSON.stringify({ ...event, detail: { ...event.detail, eventID, eventName, requestParameters } });
    };
    const members = { userName: 'eve', groupName: 'vision' };
    const respond = (eventName: string, messageId: string, parameters: object) =>
      respondToChanges([{ messageId, body: bodyOf(eventName, messageId, parameters) }], steps);
    await respond('RemoveUserFromGroup', 'left', members);
    await respond('AttachGroupPolicy', 'given', {
      groupName: 'VISION',
      policyArn: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
    });
    expect(sent.map(({ principals }) => principals)).toEqual([
      [{ subject: 'user/eve', changes: ['left'] }],
      [{ subject: 'user/eve', changes: ['given'] }],
    ]);
    const unkept = { ...steps, rememberEdit: () => Promise.reject(new Error('the table is away')) };
    const body = bodyOf('RemoveUserFromGroup', 'again', members);
    const outcome = await respondToChanges([{ messageId: 'again', body }], unkept);
    expect(outcome.failed).toEqual(['again']);
    expect(sent).toHaveLength(3);
    expect(notes).toEqual(['failed: the table is away']);
  });

  it('makes a batch of its own of a policy that many have', async () => {
    const roles = Array.from({ length: chunkSize + 1 }, (_, index) => `role/r${index}`);
    const { sent, steps } = harness(async (one) =>
      one.kind === 'policy' && one.arn.endsWith('/few') ? ['user/alice'] : roles,
    );
    await respondToChanges(
      [
        { messageId: 'm1', body: withId('set-default-policy-version', 'e1') },
        {
          messageId: 'm2',
          body: withId('set-default-policy-version', 'e2', {
            policyArn: 'arn:aws:iam::123456789012:policy/few',
            versionId: 'v2',
          }),
        },
      ],
      steps,
    );
    expect(sent.map(({ batch }) => batch.chunks)).toEqual([1, 2, 2]);
    expect(sent[0]?.principals.map(({ subject }) => subject)).toEqual(['user/alice']);
  });

  it('says why it ignores a denied call', async () => {
    const { sent, notes, steps } = harness();
    const outcome = await respondToChanges(
      [{ messageId: 'm', body: sample('remove-user-from-group-denied') }],
      steps,
    );
    expect(outcome).toEqual({ failed: [], changes: 0, principals: 0 });
    expect(sent).toEqual([]);
    expect(notes).toEqual(['ignored: RemoveUserFromGroup: the call failed (AccessDenied)']);
  });

  it('asks once for a principal in two spellings, and says that it was deleted', async () => {
    const { sent, steps } = harness(async (one) => ('name' in one ? [`role/${one.name}`] : []));
    await respondToChanges(
      [
        {
          messageId: 'm1',
          body: withId('attach-role-policy', 'e1', { roleName: 'analyst', policyArn: 'a' }),
        },
        { messageId: 'm2', body: withId('delete-role', 'e2', { roleName: 'ANALYST' }) },
      ],
      steps,
    );
    expect(sent[0]?.principals).toEqual([{ subject: 'role/analyst', changes: ['e1', 'e2'], gone: true }]);
  });

  it('checks the whole account when the organization changed', async () => {
    const { sweeps, steps } = harness(async () => []);
    await respondToChanges([{ messageId: 'm', body: sample('organizations-attach-policy') }], steps);
    expect(sweeps).toHaveLength(1);
  });

  it('cuts many principals into chunks that know how many they are', async () => {
    const roles = Array.from({ length: chunkSize * 2 + 1 }, (_, index) => `role/r${index}`);
    const { sent, steps } = harness(async () => roles);
    await respondToChanges([{ messageId: 'm', body: sample('set-default-policy-version') }], steps);
    expect(sent.map(({ chunk, batch, principals }) => [chunk, batch.chunks, principals.length])).toEqual([
      [0, 3, chunkSize],
      [1, 3, chunkSize],
      [2, 3, 1],
    ]);
    expect(new Set(sent.flatMap(({ principals }) => principals.map(({ subject }) => subject)))).toEqual(
      new Set(roles),
    );
    expect(sent.every(({ changes }) => changes.length === 1)).toBe(true);
  });
});
