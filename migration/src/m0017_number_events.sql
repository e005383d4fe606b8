-- Numbers at most so many events that are committed and have no number yet, in the order in which they were drawn. Answers how
-- many. Each statement sees what is committed when it begins: nothing that was before the row was held is missed.
CREATE FUNCTION number_events(at_most bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
-- Read in order, the index of events without a number loses its entries of those that have one by now.
SET enable_bitmapscan = off
AS $$
DECLARE
    known bigint;
    numbered bigint;
BEGIN
    SELECT reached INTO STRICT known FROM numbering FOR NO KEY UPDATE;
    -- A process of a version before the row numbers without it.
    SELECT greatest(known, max(number)) INTO known FROM events;
    UPDATE events SET number = batch.number
    FROM (SELECT drawn, known + row_number() OVER (ORDER BY drawn) AS number
          FROM events WHERE number IS NULL ORDER BY drawn LIMIT at_most) AS batch
    WHERE events.drawn = batch.drawn;
    GET DIAGNOSTICS numbered = ROW_COUNT;
    IF numbered > 0 THEN
        UPDATE numbering SET reached = known + numbered;
    END IF;
    RETURN numbered;
END
$$
