import { expect, test } from 'vitest';
import { attack, describePages, written } from './pages.ts';

describePages('a principal’s page', ({ opened, sampleReport }) => {
  test('a principal’s page tells what happened to it, the last first, or that nothing did', async () => {
    const { report } = sampleReport();
    const [first, second] = report.principals;
    if (first === undefined || second === undefined) throw new Error('nobody');
    const at = '2026-11-27T12:03:00.000Z';
    const history = [
      {
        at: '2026-11-02T12:00:00.000Z',
        event: 'gone',
        finding: 'a',
        what: 'expected, not allowed: DetectText',
      },
      {
        at,
        after: '2026-11-27T11:00:00.000Z',
        event: 'access',
        what: `can also ${attack}`,
        causes: [attack],
      },
    ] as const;
    const known = { critical: 0, high: 0, medium: 0, low: 0 };
    const earlier = {
      runs: [{ startedAt: '2026-11-01T12:00:00.000Z', findings: known }],
      now: known,
      added: [],
      gone: [],
    };
    const principals = [{ ...first, history }, ...report.principals.slice(1)];
    const { page, said } = await opened(written({ ...report, earlier, principals }));
    await page.evaluate(`location.hash = '#/principal/0'`);
    const table = page.locator('table.history');
    await table.waitFor();
    expect(await table.locator('tbody tr').first().innerText()).toContain(
      '2026-11-27 12:03 (not yet 2026-11-27 11:00)',
    );
    expect(await table.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringContaining(attack.slice(0, 20)),
      expect.stringContaining('gone'),
    ]);
    await page.evaluate(`location.hash = '#/principal/1'`);
    await page.locator('#principal', { hasText: second.subject }).waitFor();
    await page.getByText('No change is known since 2026-11-01 12:00').waitFor();
    expect(await page.locator('table.history').count()).toBe(0);
    expect(await page.title()).toBe('Amazon Rekognition permissions');
    expect(said).toEqual([]);
    await page.close();
  });

  test('a principal’s page shows its ways in, the evidence by source, and the statement in its document', async () => {
    const { report, path } = sampleReport();
    const place = report.principals.findIndex(({ subject }) => subject === 'role/returns-desk');
    const { page, said } = await opened(path);
    await page.evaluate(`location.hash = '#/principal/${place}'`);
    await page.waitForSelector('article');
    const { reachedBy = -1 } = report.principals[place] ?? {};
    expect(await page.locator('article dl').textContent()).toContain(report.reach[reachedBy]);
    const graph = page.locator('svg.graph');
    for (const { who, through = [] } of report.waysIn[reachedBy] ?? [])
      for (const name of [who, ...through]) expect(await graph.textContent()).toContain(name);
    const evidence = page.locator('details', { has: page.locator('table.evidence tbody tr') });
    // Who can come to a role was not asked of anybody: there is no table without a row.
    expect(await page.locator('table.evidence').count()).toBe(await evidence.count());
    await evidence.first().locator('summary').click();
    expect(await page.locator('table.evidence').first().innerText()).toMatch(/evaluated\s+allowed/);
    const marked = (await page.locator('.document .wrong mark').allInnerTexts()).join('\n');
    expect(marked).toContain('"Sid": "FromTheDesk"');
    expect(marked).not.toContain('DetectFaces');
    const number = await page.locator('.document .line.wrong .number').first().innerText();
    const statement = report.statements.find(({ sid }) => sid === 'FromTheDesk');
    expect(number).toBe(String(statement?.line));
    expect(said).toEqual([]);
    await page.close();
  });

  test('a principal has its page, reached and left by the keyboard', async () => {
    const { report, path } = sampleReport();
    const { page, said } = await opened(path);
    const finding = report.findings.find(({ kind, remedies }) => kind === 'excess' && remedies.length > 0);
    const place = report.principals.findIndex(({ arn }) => arn === finding?.principalArn);
    await page.locator(`ol.findings a[href="#/principal/${place}"]`).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('article');
    expect(await page.evaluate('document.activeElement.id')).toBe('principal');
    const text = (await page.locator('article').textContent()) ?? '';
    expect(text).toContain(finding?.principalArn ?? '-');
    expect(text).toContain(finding?.remedies[0] ?? '-');
    expect(await page.locator('table.access tbody tr').count()).toBeGreaterThan(0);
    await page.goBack();
    await page.waitForSelector('.scroll');
    expect(said).toEqual([]);
    await page.close();
  });
});
