"""A month of our own words about real articles, and the renderer of a site without templates."""

from pathlib import Path

import pytest

from newsletter.config import Settings
from newsletter.model import Citation, Issue, Month, ResearchType, Summary, Topic
from newsletter.rendering.render import Renderer

THERAPISTS = Topic("therapist-factors", "Therapist Factors")
ATTACHMENT = Topic("attachment", "Attachment")
TRAINING = Topic("training", "Training")
SURVEY = ResearchType("survey", "Survey")
TRIAL = ResearchType("rct", "Randomized controlled trial")

WORKPLACE = Summary(
    slug="workplace-well-being",
    title="Psychological Practitioner Workplace Well-Being",
    body=(
        "People who treat distress for a living are not spared it. In earlier surveys nearly half "
        "of the psychological practitioners in British public services said they felt depressed, "
        "and most found the work stressful.\n\n"
        "Summers and colleagues asked more than 1,600 of them how they fared, at work and away "
        "from it. The two went together (r = .61): a poor week in the clinic is seldom left "
        "there. Means lay under the national ones (p <.05, 95 % CI [1.2, 3.4]; *M* = 7.07, "
        "SD = 14.86). What went with lower scores was\n\n"
        "- harassment by a manager,\n- feeling depressed,\n- a physical disability.\n\n"
        "Pay made no difference. Part-time and private work went with somewhat better days."
    ),
    implications=(
        "Burnout is a matter of how work is arranged as much as of the person who does it. "
        "A say in one’s own caseload, a team that notices, and ordinary care of one’s health "
        "all protect.\n\n"
        "Supervision among peers and one’s own therapy are **places to notice early** "
        "that the work has begun to wear, before patients do."
    ),
    citation=Citation(
        "Summers, E.M., Morris, R.C., Bhutani, G.E., Rao, A.S., & Clarke, J.C. (2020). A survey of "
        "psychological practitioner workplace well-being. Clinical Psychology and Psychotherapy. "
        "Online first publication: https://doi.org/10.1002/cpp.2509",
        "10.1002/cpp.2509",
    ),
    topics=(THERAPISTS,),
    research_type=SURVEY,
    author="The editors",
    path=Path("content/2021-01/01-workplace.md"),
)

MENTALIZING = Summary(
    slug="mentalizing-protects",
    title="Mentalizing May be a Protective Factor for Therapist’s Well-Being",
    body=(
        "What helps a therapist stay well? Brugnera and colleagues asked 416 psychotherapists in "
        "Italy about attachment, about reflective functioning, and about how they were.\n\n"
        "Insecure attachment went with lower well-being, and the way led through mentalizing: "
        "those who relied too much on themselves, or worried about losing others, found it harder "
        "to read a mind, their own included.\n\n"
        "> A capacity that can be trained is a better target than a history that can’t be changed."
    ),
    implications=(
        "Attachment is slow to change; mentalizing can be practised. Training may begin with "
        "telling one’s own reactions from the patient’s."
    ),
    citation=Citation(
        "Brugnera, A., Zarbo, C., Compare, A., Talia, A., Tasca, G.A., … & Lo Coco, G. (2020). "
        "Self-reported reflective functioning mediates the association between attachment "
        "insecurity and well-being among psychotherapists, Psychotherapy Research, "
        "https://doi.org/10.1080/10503307.2020.1762946.",
        "10.1080/10503307.2020.1762946",
    ),
    topics=(THERAPISTS, ATTACHMENT),
    research_type=SURVEY,
    author="The editors",
    path=Path("content/2021-01/02-mentalizing.md"),
)

TRAINED = Summary(
    slug="training-to-mentalize",
    title="Can Therapists Train to Improve their Capacity to Mentalize?",
    body=(
        "Ensink and colleagues assigned 48 novices by chance to one of two courses, or to none. "
        "Those who practised on their own reactions gained; the others did not, and some of them "
        "lost a little on the way.\n\n"
        "| Group | Before | After |\n|---|--:|--:|\n| Reflective | 3.1 | 4.2 |\n"
        "| Didactic | 3.2 | 2.9 |\n\n"
        "The measure is described [elsewhere](https://example.org/measure)."
    ),
    implications="1. Do not wait for the skill to come by itself.\n2. Practise on real reactions.",
    citation=Citation(
        "Ensink, K., Maheux, J., Normandin, L., Sabourin, S., … & Parent, K. (2013). The impact of "
        "mentalization training on the reflective function of novice therapists: A randomized "
        "controlled trial, Psychotherapy Research, 23, 526-538, DOI: 10.1080/10503307.2013.800950",
        "10.1080/10503307.2013.800950",
    ),
    topics=(TRAINING,),
    research_type=TRIAL,
    author="The editors",
    path=Path("content/2021-01/03-training.md"),
)

ISSUE = Issue(
    month=Month(2021, 1),
    summaries=(WORKPLACE, MENTALIZING, TRAINED),
    introduction=(
        "January’s three studies turn the question round: not how patients fare, but how those "
        "who treat them do, and what keeps them well."
    ),
    number=92,
    path=Path("content/2021-01/issue.md"),
)


@pytest.fixture
def issue() -> Issue:
    return ISSUE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "site": tmp_path,
            "newsletter": {
                "name": "Practice Research Digest",
                "from": "digest@example.org",
                "reply_to": "editor@example.org",
                "postal_address": "Practice Research Network\n1 Example Street, Ottawa, Canada",
                "public_url": "https://digest.example.org",
            },
        }
    )


@pytest.fixture
def renderer(settings: Settings) -> Renderer:
    return Renderer(settings)
