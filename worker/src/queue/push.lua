-- Adds jobs and rings the bell of the workers.
--
-- KEYS[1] payloads by id, KEYS[2] list of waiting ids
-- ARGV[1] prefix of a job's metadata, ARGV[2] channel of the bell, then an id and a payload for each job
--
-- apalis' own script puts every job into the scheduled set, of which its fetch script moves all that is due in one call:
-- beyond some 8,000 jobs that call fails, and goes on failing. It also makes a job due by the clock of the pushing
-- machine and fetched by the clock of the working one. The list knows neither trouble.
for i = 3, #ARGV, 2 do
    local id = ARGV[i]
    if redis.call('HSETNX', KEYS[1], id, ARGV[i + 1]) == 1 then
        redis.call('HSET', ARGV[1] .. ':' .. id, 'attempts', 0, 'max_attempts', 1, 'status', 'Pending')
        redis.call('RPUSH', KEYS[2], id)
    end
end
redis.call('PUBLISH', ARGV[2], '')
