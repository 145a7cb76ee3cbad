import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Story, tellStory } from '#cli/demo/story.ts';

const mailOf = (messages: Story['attached']) => {
  const [message] = messages;
  return { subject: message?.subject ?? '', text: message?.byProtocol.email ?? '' };
};

describe('the story on the embedded AWS, played by the built functions', () => {
  let story: Story;
  beforeAll(async () => {
    const silent = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    story = await tellStory().finally(() => silent.mockRestore());
  });
  afterAll(() => vi.restoreAllMocks());

  it('says once where it stands, and then nothing about a clean account', () => {
    const { subject, text } = mailOf(story.baseline);
    expect(subject).toMatch(/^Rekognition: \d+ principals watched, \d+ can use it$/);
    expect(text).toContain('CAN USE IT');
    expect(text).not.toContain('can now');
    expect(story.secondSweep).toEqual([]);
  });

  it('tells the change once: what, who, which statement, what to do', () => {
    expect(story.attached).toHaveLength(1);
    const { subject, text } = mailOf(story.attached);
    expect(subject).toMatch(/^\[CRITICAL\] Rekognition: role\/analyst can now delete collections/);
    expect(text).toContain('attached AmazonRekognitionFullAccess to role/analyst');
    expect(text).toContain('alice@example.com (break-glass)');
    expect(text).toMatch(/from 192\.0\.2\.10/);
    expect(text).toContain('AmazonRekognitionFullAccess v1, statement 1 (line 4)');
    expect(text).toContain('aws iam detach-role-policy --role-name analyst');
    expect(text).toContain('expectations.yaml:12');
  });

  it('tells that it is resolved, and by whom', () => {
    const { subject, text } = mailOf(story.detached);
    expect(subject).toMatch(/^\[RESOLVED\] Rekognition: role\/analyst/);
    expect(text).toContain('detached AmazonRekognitionFullAccess from role/analyst');
  });

  it('tells what only a live call can see: both answers, the layer, the causes', () => {
    expect(story.contradicted).toHaveLength(1);
    const { subject, text } = mailOf(story.contradicted);
    expect(subject).toBe(
      '[MEDIUM] Rekognition: role/analyst has contradictory answers: search faces and faces by image',
    );
    expect(text).toContain('The denial names a VPC endpoint policy');
    expect(text).toContain('1. a VPC endpoint policy');
    expect(text).toMatch(/collection\/permission-check-none-[0-9a-f]{32}/);
  });

  it('tells what only a sweep can see', () => {
    const { text } = mailOf(story.managedPolicyChanged);
    expect(text).toContain('Its default version is v11 now; expectations mean v10');
    expect(text).toContain('GetFaceLivenessSessionResults');
    expect(text).not.toContain('WHAT CHANGED');
  });
});
