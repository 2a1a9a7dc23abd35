// State that belongs to the address: filters, open rows, tabs. A view can be sent to a colleague and survives reload and Back.
import { useCallback } from "react";
import { useSearchParams } from "react-router";

// `fallback` is not written into the address. A filter replaces the present entry of the history, a tab or an opened
// row adds one (`push`).
export function useUrlState(name: string, fallback = "", push = false): [string, (value: string) => void] {
  const [parameters, setParameters] = useSearchParams();
  const value = parameters.get(name) ?? fallback;
  const set = useCallback(
    (next: string) => {
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          if (next === fallback || next === "") after.delete(name);
          else after.set(name, next);
          return after;
        },
        { replace: !push },
      );
    },
    [name, fallback, push, setParameters],
  );
  return [value, set];
}
