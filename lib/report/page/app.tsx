import { useEffect, useState } from 'preact/hooks';
import { MatrixView } from './matrix-view.tsx';
import type { Model } from './model.ts';
import { PrincipalView } from './principal-view.tsx';
import { SummaryView } from './summary-view.tsx';

/** `#/principal/12`: the place of a principal in the report. */
const principalIn = (hash: string): number | undefined => {
  const [, place] = /^#\/principal\/(\d+)$/.exec(hash) ?? [];
  return place === undefined ? undefined : Number(place);
};

export function App({ model }: { readonly model: Model }) {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const { report } = model;
  const place = principalIn(hash);
  const row = place === undefined ? undefined : model.rows[place];
  return (
    <>
      <header>
        <h1>Amazon Rekognition permissions</h1>
        <p>
          Account {report.accountId}, {report.region}. Checked{' '}
          {report.run.startedAt.replace('T', ' ').slice(0, 16)} UTC from {report.input} against{' '}
          {report.expectations}, by {report.evidence.join(' and ')} evidence.
        </p>
      </header>
      <main>
        {row === undefined || place === undefined ? (
          <>
            <SummaryView model={model} />
            <MatrixView model={model} />
          </>
        ) : (
          <PrincipalView model={model} row={row} place={place} />
        )}
      </main>
    </>
  );
}
