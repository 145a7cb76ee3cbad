import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderHtml } from '#lib/report/formats/html.ts';
import type { JsonReport } from '#lib/report/json.ts';
import { folder } from '#test/cli/program.ts';
import { assets, describePages, written } from './pages.ts';

describePages('the matrix in a browser', ({ opened, sampleReport }) => {
  test('search and filters leave those that are looked for', async () => {
    const { report, path } = sampleReport();
    const { page } = await opened(path);
    const status = page.locator('[role=status]');
    const all = report.principals.length;
    expect(await status.textContent()).toContain(`${all} of ${all} principals`);
    await page.keyboard.press('/');
    await page.keyboard.type('returns-desk');
    expect(await status.textContent()).toContain(`1 of ${all} principals`);
    await page.locator('input[type=search]').fill('');
    await page.locator('select').first().selectOption('missing');
    const missing = new Set(
      report.findings.filter(({ kind }) => kind === 'missing').map((one) => one.principalArn),
    );
    expect(await status.textContent()).toContain(`${missing.size} of ${all} principals`);
    await page.close();
  });

  test('filters by who can become them, and by what changed since an earlier run', async () => {
    const { report } = sampleReport();
    const [first, ...rest] = report.findings.filter(({ suppressed }) => suppressed === undefined);
    if (first === undefined) throw new Error('no finding');
    const known = { critical: 0, high: 0, medium: 0, low: 0 };
    const earlier = {
      runs: [{ startedAt: '2026-11-01T12:00:00.000Z', findings: known }],
      now: known,
      added: [first.id],
      gone: rest.slice(0, 1),
    };
    const { page, said } = await opened(written({ ...report, earlier }));
    const status = page.locator('[role=status]');
    expect(await page.locator('table.trend tbody tr').count()).toBe(2);
    expect(await page.locator('main').textContent()).toContain('Since 2026-11-01: 1 new findings, 1 gone');
    await page.getByLabel('only changes').check();
    expect(await status.textContent()).toContain(`1 of ${report.principals.length} principals`);
    await page.getByLabel('only changes').uncheck();
    await page.getByLabel('Reached by').selectOption('services');
    const services = report.principals.filter(({ reachedBy }) =>
      report.waysIn[reachedBy ?? -1]?.some(({ kind }) => kind === 'service' || kind === 'pod-identity'),
    );
    expect(services.length).toBeGreaterThan(0);
    expect(await status.textContent()).toContain(`${services.length} of`);
    expect(said).toEqual([]);
    await page.close();
  });

  test('5,000 principals with a history each: under 10 MB, and only what is seen is drawn', async () => {
    const { report } = sampleReport();
    const [model] = report.principals.filter(({ status }) => status === 'findings');
    const principals = Array.from({ length: 5000 }, (_, at) => ({
      ...(model ?? report.principals[0]),
      subject: `role/worker-${at}`,
      arn: `arn:aws:iam::123456789012:role/worker-${at}`,
      // All of them different, so that none is grouped away.
      expected: `set-${at}`,
      history: Array.from({ length: 20 }, (_, line) => ({
        at: new Date(Date.UTC(2026, 0, 1, 0, at, line)).toISOString(),
        event: 'access',
        what: `can also do what is number ${at * 20 + line}`,
        causes: [`attached policy-${at % 500} to role/worker-${at}, by person-${line}`],
      })),
    })) as JsonReport['principals'];
    const [finding] = report.findings;
    const findings = principals.flatMap(({ arn, subject }, at) =>
      finding ? [{ ...finding, principalArn: arn, subject, id: at.toString(16).padStart(16, '0') }] : [],
    );
    const html = renderHtml({ ...report, principals, findings }, assets);
    expect(html.length).toBeLessThan(10_000_000);
    const file = join(folder(), 'large.html');
    writeFileSync(file, html);
    const before = performance.now();
    const { page, said } = await opened(file);
    const seconds = (performance.now() - before) / 1000;
    expect(await page.locator('.scroll tbody tr').count()).toBeLessThan(100);
    // A step of the wheel brings the rows that come, and draws none of those that stay anew.
    const touched = await page.evaluate(`(async () => {
      const box = document.querySelector('.scroll');
      const frames = async () => {
        for (let index = 0; index < 3; index += 1) await new Promise((done) => requestAnimationFrame(done));
      };
      box.scrollTop = 26 * 100;
      await frames();
      const counts = { come: 0, gone: 0 };
      const rowsOf = (nodes) => [...nodes].filter(({ nodeName }) => nodeName === 'TR').length;
      const observer = new MutationObserver((records) => {
        for (const { addedNodes, removedNodes } of records) {
          counts.come += rowsOf(addedNodes);
          counts.gone += rowsOf(removedNodes);
        }
      });
      observer.observe(box, { subtree: true, childList: true });
      box.scrollTop += 26 * 4;
      await frames();
      observer.disconnect();
      return counts;
    })()`);
    expect(touched).toEqual({ come: 4, gone: 4 });
    await page.locator('.scroll').evaluate((box) => {
      box.scrollTop = box.scrollHeight;
    });
    await page.locator('.scroll', { hasText: 'role/worker-4999' }).waitFor();
    // What happened to one is read when somebody looks at it.
    await page.evaluate(`location.hash = '#/principal/4321'`);
    await page.locator('table.history', { hasText: `what is number ${4321 * 20 + 19}` }).waitFor();
    expect(await page.locator('table.history tbody tr').count()).toBe(20);
    expect(said).toEqual([]);
    // Generous: the machine may be busy.
    expect(seconds).toBeLessThan(20);
    await page.close();
  }, 90_000);

  test('a row has the height that scrolling counts with, and names what no cell shows', async () => {
    const { report } = sampleReport();
    const [first] = report.findings;
    const [some] = report.principals.filter(({ arn }) => arn === first?.principalArn);
    if (first === undefined || some === undefined) throw new Error('no finding');
    const long = 'role/with-a-name-that-is-as-long-as-a-name-of-a-role-may-be-in-iam-64';
    const principals = [some, { ...some, subject: long, arn: `arn:aws:iam::123456789012:${long}` }];
    const findings = principals.map(({ arn, subject }, at) => ({
      ...first,
      id: `${at}`.padStart(16, '0'),
      kind: 'indirect' as const,
      principalArn: arn,
      subject,
    }));
    const { page } = await opened(written({ ...report, principals: principals.toReversed(), findings }));
    const row = page.locator('.scroll tbody tr[aria-rowindex="3"]');
    expect(await row.locator('.kind').innerText()).toBe('indirect');
    const [name, box] = [await row.locator('button').boundingBox(), await row.locator('th').boundingBox()];
    expect((name?.x ?? 0) + (name?.width ?? 0)).toBeLessThan((box?.x ?? 0) + (box?.width ?? 0));
    await row.locator('button').click();

    expect(
      await page
        .locator('.scroll tbody tr[aria-rowindex]')
        .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height)),
    ).toEqual([26, 26]);
    await page.close();
  });
});
