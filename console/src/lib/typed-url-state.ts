// State of the address that is typed: the field follows each key, the address when the typing pauses. A browser refuses
// to write addresses more often.
import { useEffect, useRef, useState } from "react";
import { useUrlState } from "./url-state";

const kPauseMs = 300;

export function useTypedUrlState(name: string, clears?: string): [string, (text: string) => void] {
  const [address, setAddress] = useUrlState(name, "", false, clears);
  const [text, setText] = useState(address);
  const written = useRef(address);
  const write = useRef(setAddress);
  write.current = setAddress;
  useEffect(() => {
    if (address === written.current) return;
    written.current = address; // Back, or a link
    setText(address);
  }, [address]);
  useEffect(() => {
    if (text === written.current) return;
    const timer = window.setTimeout(() => {
      written.current = text;
      write.current(text);
    }, kPauseMs);
    return () => window.clearTimeout(timer);
  }, [text]);
  return [text, setText];
}
