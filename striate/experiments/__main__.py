"""Command line of the experiments: `python -m striate.experiments [NAME] [--device cuda] [--quick] [--only PART …]`."""
import argparse
import sys

from striate.experiments import EXPERIMENTS
from striate.experiments.lessons import NotHere
from striate.experiments.store import Unusable, run


def main():
    parser = argparse.ArgumentParser(prog="python -m striate.experiments", description=__doc__)
    parser.add_argument("name", nargs="?", choices=EXPERIMENTS, help="without a name: list the experiments")
    parser.add_argument("--quick", action="store_true",
                        help="a trial of a minute or so, written to NAME.quick.json instead")
    parser.add_argument("--device", help="where to compute, for example cuda; by default the processor")
    parser.add_argument("--only", nargs="+", metavar="PART", help="run these parts only, for example cnn-1")
    args = parser.parse_args()
    if args.name is None:
        for name, experiment in EXPERIMENTS.items():
            print(f"{name:<20} {experiment.ABOUT}")
        return 0
    try:
        run(EXPERIMENTS[args.name], args.quick, args.only, device=args.device)
    except (NotHere, Unusable, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


sys.exit(main())
