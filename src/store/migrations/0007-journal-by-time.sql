-- To publish again what has happened since a time: without it the whole journal is read. Events are written in the order in which
-- they happen but for some milliseconds, so a few bytes per range of pages say all there is to know, and a commit pays nothing.
create index journal_by_time on journal using brin (at) with (pages_per_range = 32, autosummarize = on);
