import { useEffect, useRef } from 'preact/hooks';
import type { Filters, Model } from './model.ts';

interface Props {
  readonly model: Model;
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

/** Search and filters; `/` goes to the search. */
export function FilterBar({ model, filters, onChange }: Props) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const jump = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      search.current?.focus();
    };
    addEventListener('keydown', jump);
    return () => removeEventListener('keydown', jump);
  }, []);
  const { findings, principals } = model.report;
  const distinct = (values: readonly string[]) => [...new Set(values)].sort();
  const severities = ['critical', 'high', 'medium', 'low'];
  return (
    <search class="filters">
      <label>
        Search{' '}
        <input
          type="search"
          ref={search}
          value={filters.text}
          placeholder="name or ARN ( / )"
          onInput={({ currentTarget }) => onChange({ ...filters, text: currentTarget.value })}
        />
      </label>
      <Choice
        label="Kind"
        value={filters.kind}
        choices={distinct(findings.map(({ kind }) => kind))}
        onChange={(kind) => onChange({ ...filters, kind })}
      />
      <Choice
        label="Severity"
        value={filters.severity}
        choices={severities}
        onChange={(severity) => onChange({ ...filters, severity })}
      />
      <Choice
        label="Expected"
        value={filters.expected}
        choices={distinct(principals.map(({ expected }) => expected))}
        onChange={(expected) => onChange({ ...filters, expected })}
      />
      <label>
        <input
          type="checkbox"
          checked={filters.onlyFindings}
          onChange={({ currentTarget }) => onChange({ ...filters, onlyFindings: currentTarget.checked })}
        />{' '}
        only with findings
      </label>
    </search>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, choices, onChange }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">any</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
}
