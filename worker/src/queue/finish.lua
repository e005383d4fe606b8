-- Ends a job and leaves nothing of it behind.
--
-- KEYS[1] ids in the worker's hands, KEYS[2] payloads by id, KEYS[3] the job's metadata; ARGV[1] the job's id
--
-- A job that has left the worker's hands waits, or runs, under somebody else's name, who needs the payload still: a
-- waiting id without payload ends every worker that fetches it.
if redis.call('SREM', KEYS[1], ARGV[1]) == 1 then
    redis.call('HDEL', KEYS[2], ARGV[1])
    redis.call('DEL', KEYS[3])
end
