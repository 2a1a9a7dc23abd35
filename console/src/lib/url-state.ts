// State that belongs to the address: filters, open rows, tabs. A view can be sent to a colleague and survives reload and Back.
import { useCallback } from "react";
import { useSearchParams } from "react-router";

// `fallback` is not written into the address. A filter replaces the present entry of the history, a tab or an opened
// row adds one (`push`). `clears` names what a new value makes meaningless: the page of a list that is filtered.
export function useUrlState(
  name: string,
  fallback = "",
  push = false,
  clears?: string,
): [string, (value: string) => void] {
  const [parameters, setParameters] = useSearchParams();
  const value = parameters.get(name) ?? fallback;
  const set = useCallback(
    (next: string) => {
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          if (next === fallback || next === "") after.delete(name);
          else after.set(name, next);
          if (clears !== undefined) after.delete(clears);
          return after;
        },
        { replace: !push },
      );
    },
    [name, fallback, push, clears, setParameters],
  );
  return [value, set];
}
