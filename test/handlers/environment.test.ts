import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';

const schema = z.object({ FINDINGS_TOPIC_ARN: variable.arn, REMINDER_DAYS: variable.count });

describe('readEnvironment', () => {
  it('reads what template.yaml sets', () => {
    const environment = { FINDINGS_TOPIC_ARN: 'arn:aws:sns:us-east-1:1:t', REMINDER_DAYS: '14', OTHER: 'x' };
    expect(readEnvironment(schema, environment)).toEqual({
      FINDINGS_TOPIC_ARN: 'arn:aws:sns:us-east-1:1:t',
      REMINDER_DAYS: 14,
    });
  });

  it('names everything that is absent or wrong, at once', () => {
    const read = () => readEnvironment(schema, { REMINDER_DAYS: 'soon' });
    expect(read).toThrow(/FINDINGS_TOPIC_ARN/);
    expect(read).toThrow(/REMINDER_DAYS: a number of zero or more is needed/);
  });
});
