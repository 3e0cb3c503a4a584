"""The names, places and phrases that the sample organisation is made of. All addresses are under `.example`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """Where people come from: how they are called, where they live, how their phone numbers begin.

    A name in another script is followed by its Latin spelling after a bar, for its e-mail address.
    """

    name: str
    phone: str
    cities: tuple[tuple[str, str], ...]  # (city, postal code)
    streets: tuple[str, ...]  # `#` stands for the house number
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


COUNTRIES = (
    Country(
        "United States",
        "+1 206 555",
        (("Seattle", "98101"), ("Portland", "97201"), ("Denver", "80202"), ("Chicago", "60601")),
        ("# Pine Street", "# Lakeview Avenue", "# Harbor Road"),
        _words("Jeff, Mary, Carlos, Denise, Walter, Alicia, Trevor, Monica, Grace, Leon, Tamara, Victor, Hannah, Omar"),
        _words("Smith, Carter, Nguyen, Ramirez, Brooks, Hayes, Coleman, Pierce, Ortiz, Bennett, Walsh, Freeman, Diaz"),
    ),
    Country(
        "Germany",
        "+49 30 55501",
        (("Berlin", "10115"), ("Hamburg", "20095"), ("München", "80331"), ("Köln", "50667")),
        ("Lindenstraße #", "Am Kanal #", "Schillerstraße #"),
        _words("Jürgen, Käthe, Lukas, Annika, Matthias, Jörg, Heike, Sören, Birgit, Florian, Ulrike, Till, Frauke"),
        _words("Müller, Schäfer, Krüger, Weiß, Vogel, Brandt, Lindner, Groß, Seidel, Pohl, Böhm, Winkler, Kühn"),
    ),
    Country(
        "France",
        "+33 1 99 00",
        (("Lyon", "69001"), ("Paris", "75011"), ("Nantes", "44000"), ("Lille", "59000")),
        ("# rue des Écoles", "# avenue Foch", "# quai de la Loire"),
        _words("Zoé, François, Hélène, Benoît, Margaux, Rémi, Inès, Gaël, Solène, Thierry, Noémie, Aurélien, Chloé"),
        _words("Lefèvre, Moreau, Garnier, Chevalier, Rousseau, Besnard, Gauthier, Perrin, Colin, Aubert, Léger, Royer"),
    ),
    Country(
        "Poland",
        "+48 22 555",
        (("Kraków", "30-001"), ("Warszawa", "00-001"), ("Gdańsk", "80-001")),
        ("ul. Długa #", "ul. Kwiatowa #", "al. Wolności #"),
        _words("Łukasz, Agnieszka, Paweł, Małgorzata, Michał, Zofia, Krzysztof, Ewa, Stanisław, Justyna, Rafał, Hanna"),
        _words("Wójcik, Kowalczyk, Zieliński, Szymański, Dąbrowska, Król, Pawlak, Górski, Sikora, Wróbel, Mróz, Żak"),
    ),
    Country(
        "Sweden",
        "+46 8 555 1",
        (("Stockholm", "111 20"), ("Göteborg", "411 04"), ("Malmö", "211 20")),
        ("Storgatan #", "Björkvägen #", "Hamngatan #"),
        _words("Åsa, Björn, Linnéa, Oskar, Märta, Göran, Elin, Anders, Sigrid, Håkan, Ebba, Viktor, Tove, Nils"),
        _words("Lindström, Sjöberg, Åkesson, Bergqvist, Ekström, Nyström, Hedlund, Öberg, Wallin, Dahl, Sandström"),
    ),
    Country(
        "Spain",
        "+34 910 000",
        (("Madrid", "28001"), ("Sevilla", "41001"), ("Bilbao", "48001")),
        ("Calle Mayor #", "Avenida del Sol #", "Paseo Nuevo #"),
        _words("Íñigo, Begoña, José, Lucía, Andrés, Sofía, Raúl, Nuria, Martín, Elena, Joaquín, Pilar, Álvaro, Inés"),
        _words("García, Núñez, Ibáñez, Peña, Muñoz, Castaño, Herrero, Vidal, Giménez, Prieto, Sáez, Ortega, Cano"),
    ),
    Country(
        "India",
        "+91 80 5550",
        (("Bengaluru", "560001"), ("Pune", "411001"), ("Chennai", "600001")),
        ("# MG Road", "# Lake Gardens", "# Station Road"),
        _words("Ananya, Rohan, Priya, Vikram, Meera, Arjun, Kavya, Sanjay, Divya, Nikhil, Lakshmi, Imran, Sunita, Dev"),
        _words("Iyer, Sharma, Patel, Reddy, Banerjee, Nair, Kapoor, Deshpande, Menon, Khan, Joshi, Rao, Chatterjee"),
    ),
    Country(
        "Nigeria",
        "+234 1 555",
        (("Lagos", "101001"), ("Abuja", "900001"), ("Ibadan", "200001")),
        ("# Marina Road", "# Unity Street", "# Palm Avenue"),
        _words("Chidi, Ngozi, Tunde, Amina, Ifeoma, Emeka, Folake, Yusuf, Adaeze, Segun, Zainab, Obinna, Kemi, Bola"),
        _words("Adeyemi, Eze, Balogun, Nwosu, Ibrahim, Obi, Lawal, Okeke, Danjuma, Ogunleye, Bello, Uche, Afolabi"),
    ),
    Country(
        "Greece",
        "+30 210 555",
        (("Αθήνα", "105 57"), ("Θεσσαλονίκη", "546 24")),
        ("Ερμού #", "Οδός Αθηνάς #"),
        _words("Νίκος|nikos, Ελένη|eleni, Γιώργος|giorgos, Μαρία|maria, Σοφία|sofia, Πέτρος|petros, Δάφνη|dafni"),
        _words("Παππάς|pappas, Γεωργίου|georgiou, Αντωνίου|antoniou, Βλάχος|vlachos, Μακρής|makris, Ράπτης|raptis"),
    ),
    Country(
        "Japan",
        "+81 3 5550",
        (("東京", "100-0001"), ("大阪", "530-0001")),
        ("中央 #", "本町 #"),
        _words("健|ken, 美咲|misaki, 翔太|shota, 陽子|yoko, 大輔|daisuke, 結衣|yui, 直樹|naoki, 由美|yumi"),
        _words("佐藤|sato, 鈴木|suzuki, 高橋|takahashi, 田中|tanaka, 渡辺|watanabe, 山本|yamamoto, 小林|kobayashi"),
    ),
)

COMPANY_HEADS = _words(
    "Adventure, Alpine, Amber, Anchor, Atlas, Baltic, Beacon, Birch, Blue Heron, Bridgewater, Cascade, Cedar, Cobalt, "
    "Compass, Coral, Crescent, Delta, Ember, Falcon, Fernwood, Fjord, Granite, Harbour, Hawthorn, Horizon, Ivory, "
    "Juniper, Keystone, Lantern, Larkspur, Maple, Meridian, Northwind, Oakridge, Orchid, Pinnacle, Quarry, Redwood, "
    "Silverline, Tamarack, Upland, Vista, Westbrook, Willow, Zephyr"
)
COMPANY_TAILS = _words(
    "Works, Foods, Logistics, Engineering, Textiles, Traders, Robotics, Health, Energy, Shipping, Design, Bicycles, "
    "Instruments, Software, Coffee, Furniture, Optics, Paper, Glass, Travel"
)
INDUSTRIES = {
    "Works": 14,
    "Foods": 15,
    "Logistics": 32,
    "Engineering": 8,
    "Textiles": 27,
    "Traders": 35,
    "Robotics": 14,
    "Health": 21,
    "Energy": 33,
    "Shipping": 32,
    "Design": 10,
    "Bicycles": 34,
    "Instruments": 14,
    "Software": 6,
    "Coffee": 15,
    "Furniture": 27,
    "Optics": 14,
    "Paper": 35,
    "Glass": 4,
    "Travel": 9,
}

JOB_TITLES = _words(
    "Purchasing Manager, Sales Director, Chief Executive, Office Manager, Head of Operations, Quality Engineer, "
    "Accountant, IT Manager, Product Manager, Marketing Lead, Warehouse Supervisor, Project Manager, Buyer, "
    "Head of Finance, Plant Manager, Research Lead"
)
DEPARTMENTS = _words("Purchasing, Sales, Management, Operations, Quality, Finance, IT, Marketing, Research")

OPPORTUNITIES = _words(
    "Annual supply contract, Maintenance agreement, Spare parts for two years, New production line, Fleet renewal, "
    "Training for the team, Pilot installation, Extension of the warehouse, Framework agreement, Upgrade of the plant, "
    "Service contract, Catalogue order"
)
LEADS = _words(
    "Met at the trade fair, Asked for a quotation, Downloaded the catalogue, Wants a demonstration, "
    "Recommended by a customer, Question about delivery times, Interested in the pilot, Looking for a new supplier"
)
TASKS = _words(
    "Send the offer, Check the delivery dates, Prepare the presentation, Call back about the invoice, "
    "Update the price list, Ask for the missing drawings, Write the minutes, Order samples, Book a meeting room, "
    "Review the contract, Follow up on the quotation, Collect the references"
)
APPOINTMENTS = _words(
    "Visit, Review of the offer, Kick-off, Product demonstration, Contract negotiation, Quarterly review, "
    "Workshop, Site inspection, Lunch, Planning meeting"
)
PLACES = _words("Their office, Our office, Meeting room 2, By video, Hotel Central, Plant, Café at the station")
CALLS = _words(
    "First contact, Question about the invoice, Delivery is late, Asked for a discount, Agreed on the next step, "
    "Complaint about quality, Change of the order, Thanks for the visit"
)
MAILS = _words(
    "Offer for the next quarter, Delivery on Thursday, Invoice, Drawings for the new part, Minutes of our meeting, "
    "Samples, Question about the contract, Dates for the workshop, Price list, Thank you for your visit"
)
SENTENCES = (
    "Thank you for your time yesterday.",
    "Please find the figures below and tell me what you think.",
    "We could deliver the first part in three weeks.",
    "Our technicians have looked at it and see no obstacle.",
    "Could you send us the missing pages?",
    "The price holds until the end of the month.",
    "I shall call you on Monday to agree on the details.",
    "Best regards to the whole team.",
    "They asked for two references in the same trade.",
    "The budget was confirmed; the decision falls next month.",
)
