-- Takes leave of a worker that has ended: what it held waits again, and its name is forgotten.
--
-- KEYS[1] ids in the worker's hands, KEYS[2] list of waiting ids, KEYS[3] payloads by id, KEYS[4] registered workers,
-- KEYS[5] the worker's metadata; ARGV[1] the worker's name, ARGV[2] prefix of a job's metadata
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    redis.call('RPUSH', KEYS[2], id)
end
redis.call('DEL', KEYS[1], KEYS[5])
redis.call('ZREM', KEYS[4], ARGV[1])

-- A waiting job without payload or metadata (an eviction, a careless hand) may be what ended the worker, and would end
-- the next one as well.
for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
    local metadata = ARGV[2] .. ':' .. id
    if redis.call('HEXISTS', KEYS[3], id) == 0 or redis.call('HEXISTS', metadata, 'attempts') == 0 then
        redis.call('LREM', KEYS[2], 0, id)
        redis.call('HDEL', KEYS[3], id)
        redis.call('DEL', metadata)
    end
end
