// The feed of a page and the connection that fills it; both go with the page.
import { startTransition, useCallback, useEffect, useRef, useState } from "react";
import { type Connection, StreamConnection } from "./connection";
import { EventFeed, type FeedView, nextPicture } from "./feed";

export const kKeptMax = 2000;

export function useFeed(path: string) {
  const [feed] = useState(() => new EventFeed(kKeptMax, nextPicture));
  const [connection, setConnection] = useState<Connection>({ state: "connecting" });
  const current = useRef<StreamConnection | null>(null);
  useEffect(() => {
    feed.clear();
    const opened = new StreamConnection(path, (events) => feed.add(events), setConnection);
    const retry = () => opened.retry();
    window.addEventListener("online", retry);
    current.current = opened;
    return () => {
      window.removeEventListener("online", retry);
      opened.close();
    };
  }, [path, feed]);
  const retry = useCallback(() => current.current?.retry(), []);
  return { feed, connection, retry };
}

// What is shown of a feed. New events give way to what a person does: drawn as transitions, they neither delay a click
// nor interrupt the next page over and over.
export function useFeedView(feed: EventFeed): FeedView {
  const [view, setView] = useState(feed.view);
  useEffect(() => {
    setView(feed.view());
    return feed.subscribe(() => startTransition(() => setView(feed.view())));
  }, [feed]);
  return view;
}
