import sys
from tests.bangfu.pipeline.test_killed_intake import *
@pytest.mark.parametrize("stage", STAGES)
def test_all(killer, installations, undisturbed, stage):
    import time
    t=time.time(); bad=[]
    for n in range(1, len(undisturbed.writes[stage])+1):
        try: killed_once(killer, installations, undisturbed, stage, after=n)
        except AssertionError as e: bad.append((n, undisturbed.writes[stage][n-1], str(e)[:900]))
        print(stage, n, round(time.time()-t), len(bad), file=sys.stderr, flush=True)
    for b in bad: print(*b)
    assert not bad
