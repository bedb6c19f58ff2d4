"""What each part of the method is worth: the same pairs registered with one part changed at a time.

data        the pairs: phantoms and real ones, or a Learn2Reg data set or folder of pairs that is at hand
rows        every variant by name, in the groups of the table; the first of a group is its reference
paper       variants of the paper's own form, from the training configurations of `experiments/pyramid`
ours        variants of the method that registers by default
measure     one variant on one pair -> landmark errors, roughness, folds, CPU seconds
results     one file per variant and pair, with the settings that made it: a stopped run goes on
summary     landmark errors -> means, intervals and paired tests
table       Markdown and CSV

`python -m experiments.ablation [--data FOLDER ...] [--rows NAME ...] [--out build/ablation]`
"""
