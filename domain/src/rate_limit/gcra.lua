-- The generic cell rate algorithm on many budgets at once. A budget is the time at which it is whole again.
-- KEYS: the budgets. ARGV: now, how many of the first budgets go together, then for each budget what one unit takes to
-- free, how far ahead the budget may be, and how many units are asked for (fewer than none gives back). All times are
-- microseconds. Answers for each budget how long to wait; when one of those that go together has to, nothing is spent.
local now, together = tonumber(ARGV[1]), tonumber(ARGV[2])
local whole_at, waits, refused = {}, {}, false
for i, key in ipairs(KEYS) do
    local at = 3 * i
    local interval, period, cost = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    whole_at[i] = math.max(tonumber(redis.call('GET', key) or 0), now) + interval * cost
    waits[i] = math.max(whole_at[i] - period - now, 0)
    refused = refused or (i <= together and waits[i] > 0)
end
for i, key in ipairs(KEYS) do
    if not refused and waits[i] == 0 then
        if whole_at[i] > now then
            redis.call('SET', key, string.format('%.0f', whole_at[i]), 'PX', math.ceil((whole_at[i] - now) / 1000))
        else
            redis.call('DEL', key)
        end
    end
end
return waits
