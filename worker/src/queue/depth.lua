-- Counts the jobs that aren't finished: waiting, scheduled (somebody else's push) and in the hands of any worker.
--
-- KEYS[1] list of waiting ids, KEYS[2] scheduled ids, KEYS[3] registered workers; ARGV[1] prefix of the ids in a
-- worker's hands
local depth = redis.call('LLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2])
for _, worker in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    depth = depth + redis.call('SCARD', ARGV[1] .. ':' .. worker)
end
return depth
